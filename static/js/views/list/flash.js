/**
 * Highlights the message that a link leads to, for a while.
 *
 * @import {ListView} from "./list.js"
 */

const FLASH = 2_000; // ms

export class Flash {
  #list;
  /** The seq of the message that is highlighted; 0: none. */
  #seq = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {ListView} list */
  constructor(list) {
    this.#list = list;
  }

  /** @param {number} seq   of a message */
  show(seq) {
    this.#seq = seq;
    this.draw();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#seq = 0;
      this.draw();
    }, FLASH);
  }

  /** Marks the message's row: another one, when more of its run of deleted messages is loaded. */
  draw() {
    const marked = document.querySelector("[data-flashed]");
    const row = this.#seq ? this.#list.rowOf(this.#seq) : null;
    if (marked === row) return;
    marked?.removeAttribute("data-flashed");
    row?.setAttribute("data-flashed", "");
  }
}
