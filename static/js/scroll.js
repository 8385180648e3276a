/**
 * Where the reader is in the list: stays at the end while they are there, keeps their place while they aren't, and asks
 * for more before they run out.
 */

/** Closer to the end than this (px) counts as being there. */
const AT_END = 100;
/** More is asked for when less than this (px) is left above or below. */
const MARGIN = 600;

export class ListScroll {
  #list;
  #on;
  #following = true;
  #isScheduled = false;

  /**
   * @param {HTMLElement} list   the element that scrolls
   * @param {object} on
   * @param {() => void} on.move   after the reader or the page has scrolled
   * @param {() => void} on.top   there is little left above
   * @param {() => void} on.bottom   there is little left below
   */
  constructor(list, on) {
    this.#list = list;
    this.#on = on;
    list.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.#fit();
    new ResizeObserver(() => this.#fit()).observe(list);
  }

  /** Whether the reader is at the end, and stays there when something is added. */
  get following() {
    return this.#following;
  }

  /** @param {() => void} change   changes the list; what is being read doesn't move */
  keep(change) {
    const held = this.#following ? null : this.#firstInSight();
    change();
    if (this.#following) this.#jumpToEnd();
    if (!held) return;
    const now = held.element.isConnected ? held.element : this.#find(held.key);
    if (now) this.#list.scrollTop += now.getBoundingClientRect().top - held.top;
  }

  /** Goes to the end, and to what the next draw adds there. */
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

  /** @returns {{element: Element, key: string, top: number} | null} the first thing that the reader sees */
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

  /** A keyboard that opens or a field that grows makes the list shorter: the end stays in sight. */
  #fit() {
    const gutter = this.#list.offsetWidth - this.#list.clientWidth;
    this.#list.parentElement?.style.setProperty("--gutter", `${gutter}px`);
    if (this.#following) this.#jumpToEnd();
  }
}
