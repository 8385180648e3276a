/**
 * Sends posts one at a time, so that refusals and lost connections don't change their order; changes of
 * messages, one at a time too; and that the person is typing.
 *
 * @import {Chat} from "./chat.js"
 * @import {Change} from "../types.js"
 */
import { sleep } from "../sleep.js";
import { isUnsure, nextChange, nextPost } from "../state/sending.js";

/** Added to a pause (ms), so that it is over for the server as well. */
const MARGIN = 10;
/** A change that got no answer is sent again after this time (ms). */
const RETRY = 1_000;
/** The server passes on one `typing` in this time (ms). */
const TYPING_EVERY = 3_000;

export class Sender {
  #chat;
  #send;
  #isWanted;
  #typedAt = -TYPING_EVERY;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Chat} chat
   * @param {(command: object) => boolean} send   returns false without a connection
   * @param {(change: Change) => Promise<boolean>} isWanted   false: another tab has seen to it
   */
  constructor(chat, send, isWanted) {
    this.#chat = chat;
    this.#send = send;
    this.#isWanted = isWanted;
  }

  /** Sends the next waiting post and change, now or when the server's pause is over. */
  sendNext() {
    this.#sendPost();
    const change = nextChange(this.#chat.state, performance.now());
    if (change) void this.#sendChange(change);
    const wait = this.#chat.state.pause.until - performance.now();
    if (wait <= 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.sendNext(), wait + MARGIN);
  }

  #sendPost() {
    const { state } = this.#chat;
    const post = nextPost(state, performance.now());
    if (!post) return;
    const { id, text, pictures, reply, tried = new Date().toISOString() } = post;
    if (isUnsure(post, Date.now())) return this.#chat.dispatch({ type: "post-expired", id });
    // Numbers of a log that is lost name other messages now.
    const target = reply && reply.epoch === state.position?.epoch ? reply : undefined;
    const receipts = pictures?.map(({ receipt }) => receipt);
    const command = { type: "post", id, text, pictures: receipts, reply: target?.seq, epoch: target?.epoch };
    if (this.#send(command)) this.#chat.dispatch({ type: "post-sent", id, tried });
  }

  /** @param {Change} change   may be sent again: what is so already is no change */
  async #sendChange(change) {
    const { id, kind, seq, epoch, text, emoji, on } = change;
    this.#chat.dispatch({ type: "change-sent", id });
    if (!(await this.#isWanted(change))) return this.#chat.dispatch({ type: "change-dropped", id });
    try {
      const done = await this.#chat.request({ type: kind, seq, epoch, text, emoji, on });
      this.#chat.dispatch({ type: "change-made", id, seq: done.seq });
    } catch (/** @type {any} */ error) {
      if (error.code === "no_answer") await sleep(RETRY);
      this.#chat.dispatch({ ...error, type: "change-refused", id });
    }
  }

  /** Lets the others know that the person is typing, though not at every key. */
  sendTyping() {
    if (performance.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = performance.now();
    this.#send({ type: "typing" });
  }
}
