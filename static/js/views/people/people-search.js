/**
 * Searches for people on the server, for the list of a crowd.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Person} from "../../types.js"
 */

/** Number of people shown at first. */
export const PAGE = 200;
/** The search is sent this long after the last key (ms). */
const SEARCH_AFTER = 200;
/**
 * A search is repeated this long after somebody joined or left (ms), which in a crowd happens all the time.
 */
const REFRESH_AFTER = 5_000;

/**
 * @typedef {{people: Person[], next: number | null}} Found   next: the offset of more people, null: there are
 *   none
 */

/** @type {Found} */
const NOBODY = { people: [], next: 0 };

/** Searches for people on the server. Answers to an earlier search are dropped. */
export class PeopleSearch {
  query = "";
  failed = false;
  /** False while the server is asked about a new query. */
  isDone = true;
  /** @type {Found | null} null: nothing was requested */
  found = null;
  #chat;
  #onChange;
  /** Number of the current search. */
  #turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #searchTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #refreshTimer;

  /** @param {Chat} chat @param {() => void} onChange   called after an answer */
  constructor(chat, onChange) {
    this.#chat = chat;
    this.#onChange = onChange;
  }

  /** @param {string} query */
  start(query) {
    this.query = query;
    this.found = null;
    this.failed = false;
    this.#turn += 1;
    clearTimeout(this.#searchTimer);
    const { people, count } = this.#chat.state.online;
    this.isDone = count <= people.length || !query.trim();
    if (this.isDone) return;
    this.#searchTimer = setTimeout(() => void this.#search(NOBODY, 1), SEARCH_AFTER);
  }

  /** Requests more people; at first from the beginning, since the people in `welcome` aren't sorted. */
  more() {
    void (this.found
      ? this.#search(this.found, this.found.people.length + 1)
      : this.#search(NOBODY, PAGE + 1));
  }

  /** The connection is back: whoever searched in vain has waited for it. */
  retry() {
    if (this.failed) void this.#refresh();
  }

  /** Somebody joined, left or was renamed: repeats the search. */
  refreshSoon() {
    if (!(this.found || this.failed) || this.#refreshTimer) return;
    this.#refreshTimer = setTimeout(async () => {
      await this.#refresh();
      this.#refreshTimer = undefined;
    }, REFRESH_AFTER);
  }

  /** Requests as many people as are shown. Without an answer these stay. */
  async #refresh() {
    const { found } = this;
    if (!found && this.failed) return this.#search(NOBODY, 1);
    if (!found) return;
    const now = await this.#request(NOBODY, found.people.length, this.#turn);
    if (!now || this.found !== found) return;
    this.failed = false;
    this.found = now;
    this.#onChange();
  }

  /** @param {Found} start @param {number} wanted */
  async #search(start, wanted) {
    this.#turn += 1;
    const turn = this.#turn;
    const now = await this.#request(start, wanted, turn);
    if (this.#turn !== turn) return;
    this.isDone = true;
    this.failed = !now;
    this.found = now ?? this.found;
    this.#onChange();
  }

  /**
   * @param {Found} start   found before
   * @param {number} wanted   number of people to find
   * @param {number} turn
   * @returns {Promise<Found | null>} null: it failed, or another search was started
   */
  async #request(start, wanted, turn) {
    let { people, next } = start;
    while (next !== null && people.length < wanted) {
      const answer = await this.#chat.findPeople(this.query.trim(), next).catch(() => null);
      if (!answer || this.#turn !== turn) return null;
      // Who joins between two pages pushes somebody onto the second, who was on the first.
      people = [...new Map([...people, ...answer.people].map((each) => [each.id, each])).values()];
      next = answer.next;
    }
    return { people, next };
  }
}
