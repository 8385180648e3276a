/**
 * Sends posts one at a time, which keeps their order through refusals and lost connections.
 *
 * @import {Chat} from "./chat.js"
 * @import {Post, State} from "./types.js"
 */

/** Added to a pause (ms), so that the server's clock agrees that it is over. */
const MARGIN = 10;

/** @param {State} state @param {number} now @returns {Post | undefined} undefined: nothing waits, or it isn't time yet */
export function nextPost({ connection: { phase }, posts, pause, degraded }, now) {
  if (phase !== "online" || degraded || pause.until > now) return undefined;
  if (posts.some((post) => post.status === "sending")) return undefined;
  return posts.find((post) => post.status === "waiting");
}

export class Sender {
  #chat;
  #send;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {Chat} chat @param {(command: object) => boolean} send   false: there is no connection */
  constructor(chat, send) {
    this.#chat = chat;
    this.#send = send;
  }

  /** Sends the next post that waits, now or when the server's pause is over. */
  sendNext() {
    const post = nextPost(this.#chat.state, Date.now());
    if (post && this.#send({ type: "post", id: post.id, text: post.text })) {
      this.#chat.dispatch({ type: "sending", id: post.id });
    }
    const wait = this.#chat.state.pause.until - Date.now();
    if (wait <= 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.sendNext(), wait + MARGIN);
  }
}
