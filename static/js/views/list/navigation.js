/**
 * The person's way to a place in the list, which may have to be loaded first: they may go elsewhere meanwhile.
 *
 * @import {ListScroll} from "./scroll.js"
 */

/**
 * @typedef {"" | "end" | "line" | number} Target   "line": the first unread message; number: a message's seq;
 *   "": anywhere else
 */

/**
 * How a navigation ends; "abandoned": the person has gone elsewhere, or scrolled.
 *
 * @typedef {"loaded" | "unanswered" | "abandoned"} Outcome
 */

export class Navigation {
  #scroll;
  /** How many the person has begun: an answer that comes late doesn't undo a later one. */
  #begun = 0;
  /**
   * Where the last one leads, until it is over: asked for again, it isn't begun anew.
   *
   * @type {Target}
   */
  #target = "";
  /** Whether the last one is still wanted. */
  #isWanted = () => false;

  /** @param {ListScroll} scroll */
  constructor(scroll) {
    this.#scroll = scroll;
  }

  /**
   * @param {Target} target
   * @param {(isWanted: () => boolean) => Promise<boolean>} load   brings the target into the page; false: there was no
   *   answer
   * @returns {Promise<Outcome>}
   */
  async go(target, load) {
    const isWanted = this.begin(target);
    const isAnswered = await load(isWanted);
    if (!isWanted()) return "abandoned";
    this.#target = "";
    return isAnswered ? "loaded" : "unanswered";
  }

  /**
   * Begins a navigation: earlier ones are abandoned.
   *
   * @param {Target} target
   * @returns {() => boolean} whether it is still wanted
   */
  begin(target) {
    this.#begun += 1;
    this.#target = target;
    const isLatest = this.latestCheck();
    const { moves } = this.#scroll;
    this.#isWanted = () => isLatest() && moves === this.#scroll.moves;
    return this.#isWanted;
  }

  /** @returns {() => boolean} whether no navigation has begun since this call */
  latestCheck() {
    const now = this.#begun;
    return () => now === this.#begun;
  }

  /**
   * @param {Target} target
   * @returns {boolean} whether the page is already going there, and that is still wanted
   */
  isUnderWay(target) {
    return this.#target === target && this.#isWanted();
  }
}
