/**
 * Keeps the list of people right where so many come and go at once that the server doesn't name them.
 *
 * @import {Chat} from "./chat.js"
 * @import {State} from "../types.js"
 */

/** How often the list of a crowd is requested while it changes (ms). */
const REFRESH_EVERY = 2_000;

export class CrowdRefresh {
  #chat;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /** @param {State} state */
  update({ crowd }) {
    if (crowd) this.#timer ??= setTimeout(() => void this.#refresh(), REFRESH_EVERY);
  }

  async #refresh() {
    this.#timer = undefined;
    const answer = await this.#chat.findPeople("", 0).catch(() => null);
    if (answer) this.#chat.dispatch({ type: "people-loaded", people: answer.people, count: answer.count });
  }
}
