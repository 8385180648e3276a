/**
 * Sends posts one at a time, so that refusals and lost connections don't change their order.
 *
 * @import {Chat} from "./chat.js"
 * @import {Post, State} from "./types.js"
 */

/** Added to a pause (ms), so that it is over for the server as well. */
const MARGIN = 10;

/**
 * @param {State} state
 * @param {number} now
 * @returns {Post | undefined} undefined: none is waiting, or it's too early
 */
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

  /** @param {Chat} chat @param {(command: object) => boolean} send   returns false without a connection */
  constructor(chat, send) {
    this.#chat = chat;
    this.#send = send;
  }

  /** Sends the next waiting post, now or when the server's pause is over. */
  sendNext() {
    const post = nextPost(this.#chat.state, performance.now());
    if (post && this.#send({ type: "post", id: post.id, text: post.text })) {
      this.#chat.dispatch({ type: "sending", id: post.id });
    }
    const wait = this.#chat.state.pause.until - performance.now();
    if (wait <= 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.sendNext(), wait + MARGIN);
  }
}
