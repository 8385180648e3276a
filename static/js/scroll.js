/**
 * The reader's place in the list. At the end the list follows new messages; elsewhere the place is kept.
 * Close to either end of the loaded part, more is requested.
 */

/** Closer than this (px) counts as being at the end. */
const AT_END = 100;
/** More is requested when less than this (px) is left above or below. */
const MARGIN = 600;

export class ListScroll {
  #list;
  #on;
  #following = true;
  #isScheduled = false;

  /**
   * @param {HTMLElement} list   the element that scrolls
   * @param {object} on
   * @param {() => void} on.move   the list was scrolled, by the reader or by the page
   * @param {() => void} on.top   little is left above
   * @param {() => void} on.bottom   little is left below
   */
  constructor(list, on) {
    this.#list = list;
    this.#on = on;
    list.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.#fit();
    new ResizeObserver(() => this.#fit()).observe(list);
  }

  /** Whether the reader is at the end, and the list follows. */
  get following() {
    return this.#following;
  }

  /** @param {() => void} change   changes the list, without moving what the reader sees */
  keep(change) {
    const held = this.#following ? null : this.#firstInSight();
    change();
    if (this.#following) this.#jumpToEnd();
    if (!held) return;
    const now = held.element.isConnected ? held.element : this.#find(held.key);
    if (now) this.#list.scrollTop += now.getBoundingClientRect().top - held.top;
  }

  /** Goes to the end, and follows from there. */
  toEnd() {
    this.#jumpToEnd();
    this.#update();
  }

  /** @param {Element} element @param {ScrollLogicalPosition} [block] */
  to(element, block = "center") {
    element.scrollIntoView({ block });
    this.#update();
  }

  #jumpToEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  get #leftBelow() {
    const { scrollHeight, clientHeight, scrollTop } = this.#list;
    return scrollHeight - clientHeight - scrollTop;
  }

  /** @returns {{element: Element, key: string, top: number} | null} the first visible row */
  #firstInSight() {
    const { top } = this.#list.getBoundingClientRect();
    for (const element of this.#list.querySelectorAll("[data-key]")) {
      const box = element.getBoundingClientRect();
      if (box.bottom > top) return { element, key: element.getAttribute("data-key") ?? "", top: box.top };
    }
    return null;
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
    this.#following = this.#leftBelow <= AT_END;
    this.#on.move();
    if (this.#list.scrollTop < MARGIN) this.#on.top();
    if (this.#leftBelow < MARGIN) this.#on.bottom();
  }

  /** The list gets shorter when a keyboard opens or the field grows: the end stays visible. */
  #fit() {
    const gutter = this.#list.offsetWidth - this.#list.clientWidth;
    this.#list.parentElement?.style.setProperty("--gutter", `${gutter}px`);
    if (this.#following) this.#jumpToEnd();
  }
}
