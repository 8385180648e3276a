/**
 * The reader's place in the list. At the end the list follows new messages; elsewhere the place is kept.
 * Close to either end of the loaded part, more is requested.
 */
import { seqIn } from "../../state/timeline.js";

/** Closer than this (px) counts as being at the end. */
const AT_END = 100;
/** More is requested when less than this (px) is left above or below. */
const MARGIN = 600;

/** Scrolling that rests for so long (ms) has ended. */
const REST = 150;

/** @typedef {{element: Element, key: string, top: number}} Row   and how far (px) it is below the top of the list */

export class ListScroll {
  #list;
  #on;
  #following = true;
  /** The list ends where the room does, or the reader waits as if it did; elsewhere there is nothing to follow. */
  #hasEnd = true;
  /** The reader is at the end of an older part, and waits for the room's, which is on its way or couldn't be loaded. */
  #isWaiting = false;
  #isScheduled = false;
  /**
   * What the reader sees: the first of it that is still there stays when the list gets another shape.
   *
   * @type {Row[]}
   */
  #anchors = [];
  #fittedTo = "";
  /** Where the page has put the list (px): if it is elsewhere, the reader has scrolled. */
  #putAt = 0;
  #moves = 0;
  #movedAt = -Infinity;

  /**
   * @param {HTMLElement} list   the element that scrolls
   * @param {object} on
   * @param {() => void} on.move   the list was scrolled, by the reader or by the page
   * @param {(isShort: boolean) => void} on.top   little is left above, and if the list is short, below as well
   * @param {(isShort: boolean) => void} on.bottom   little is left below, and if the list is short, above as well
   */
  constructor(list, on) {
    this.#list = list;
    this.#on = on;
    const onScroll = () => {
      this.#notice();
      this.#onScroll();
    };
    list.addEventListener("scroll", onScroll, { passive: true });
    this.fit();
    new ResizeObserver(() => this.fit()).observe(list);
  }

  /** Whether the reader is at the end, and the list follows. */
  get following() {
    return this.#following;
  }

  /** Whether the reader waits for the end of the room, and hasn't scrolled away since. */
  get isWaiting() {
    return this.#isWaiting;
  }

  /** How often the reader has begun to scroll. */
  get moves() {
    this.#notice();
    return this.#moves;
  }

  /** Looks whether the reader has scrolled: a list of the same shape isn't moved by anybody else. */
  #notice() {
    const { scrollTop } = this.#list;
    if (this.#size !== this.#fittedTo || Math.abs(scrollTop - this.#putAt) <= 1) return;
    const now = performance.now();
    if (now - this.#movedAt > REST) this.#moves += 1;
    this.#movedAt = now;
    this.#putAt = scrollTop;
  }

  /** The page has put the list where it is. */
  #settle() {
    this.#putAt = this.#list.scrollTop;
  }

  /**
   * @param {() => void} change   changes the list, without moving what the reader sees
   * @param {boolean} hasEnd   whether the list ends where the room does
   */
  keep(change, hasEnd) {
    this.#hasEnd = hasEnd || this.#isWaiting;
    // The reader may have scrolled away, and this change comes before the frame that looks where they are.
    const isElsewhere = this.#isScheduled && this.#size === this.#fittedTo && this.#leftBelow > AT_END;
    this.#following &&= this.#hasEnd && !isElsewhere;
    const held = this.#following ? [] : this.#inSight();
    change();
    if (this.#following) this.#jumpToEnd();
    else this.#hold(held);
    this.#settle();
  }

  /**
   * @param {Row[]} held   the first of them that is still there is put back to where it was; if none is, the
   *   message after them comes there
   */
  #hold(held) {
    this.#anchors = held;
    for (const { element, key, top } of held) {
      const now = element.isConnected ? element : this.#find(key);
      if (now) return this.#put(now, top);
    }
    const first = held.find(({ key }) => seqIn(key));
    const next =
      first && [...this.#rows].find((row) => seqIn(row.getAttribute("data-key")) >= seqIn(first.key));
    if (next) this.#put(next, first.top);
  }

  /** @param {Element} row @param {number} top   how far (px) it is to be below the top of the list */
  #put(row, top) {
    this.#list.scrollTop += row.getBoundingClientRect().top - this.#top - top;
  }

  get #rows() {
    return this.#list.querySelectorAll("[data-key]");
  }

  get #top() {
    return this.#list.getBoundingClientRect().top;
  }

  /** The list may be near an end without having been scrolled: what was loaded may show nothing. */
  recheck() {
    this.#onScroll();
  }

  /** Goes to the end, and follows from there. */
  toEnd() {
    this.#isWaiting = false;
    this.#jumpToEnd();
    this.#update();
  }

  /** Goes to the end of an older part, and waits there for the room's. */
  waitAtEnd() {
    this.#isWaiting = true;
    this.#hasEnd = true;
    this.#jumpToEnd();
    this.#update();
  }

  /** @param {Element} element @param {ScrollLogicalPosition} [block] */
  to(element, block = "center") {
    this.#isWaiting = false;
    element.scrollIntoView({ block });
    this.#settle();
    this.#update();
  }

  /** @returns {string | undefined} the key of the last message that the reader sees to its end */
  lastInSight() {
    const { bottom } = this.#list.getBoundingClientRect();
    const articles = [...this.#list.querySelectorAll("article[data-key]:not([data-post])")];
    const last = articles.findLast((each) => each.getBoundingClientRect().bottom <= bottom + 1);
    return last?.getAttribute("data-key") ?? undefined;
  }

  #jumpToEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#settle();
  }

  get #size() {
    return `${this.#list.clientWidth}×${this.#list.clientHeight}`;
  }

  get #leftBelow() {
    const { scrollHeight, clientHeight, scrollTop } = this.#list;
    return scrollHeight - clientHeight - scrollTop;
  }

  /** @returns {Row[]} the visible rows */
  #inSight() {
    const { top, bottom } = this.#list.getBoundingClientRect();
    const rows = [];
    for (const element of this.#rows) {
      const box = element.getBoundingClientRect();
      if (box.top > bottom) break;
      if (box.bottom > top)
        rows.push({ element, key: element.getAttribute("data-key") ?? "", top: box.top - top });
    }
    return rows;
  }

  /** @param {string} key */
  #find(key) {
    return this.#list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  #onScroll() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.#update();
    });
  }

  #update() {
    if (this.#size !== this.#fittedTo) this.fit(); // it got another shape, which may be all that moved it
    this.#following = this.#hasEnd && this.#leftBelow <= AT_END;
    this.#isWaiting &&= this.#following;
    this.#anchors = this.#following ? [] : this.#inSight();
    this.#on.move();
    const [isNearTop, isNearBottom] = [this.#list.scrollTop < MARGIN, this.#leftBelow < MARGIN];
    if (isNearTop) this.#on.top(isNearBottom);
    if (isNearBottom) this.#on.bottom(isNearTop);
  }

  /**
   * The list gets shorter when a keyboard opens or the field grows, and its lines break anew when a phone is
   * turned or the text gets another size: what is being read stays in place.
   */
  fit() {
    this.#fittedTo = this.#size;
    const gutter = this.#list.offsetWidth - this.#list.clientWidth;
    this.#list.parentElement?.style.setProperty("--gutter", `${gutter}px`);
    if (this.#following) this.#jumpToEnd();
    else this.#hold(this.#anchors);
    this.#settle();
  }
}
