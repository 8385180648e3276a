/**
 * Commands with an answer of their own. The server copies a command's `ref` into the answer.
 *
 * @import {Chat} from "./chat.js"
 * @import {Position} from "../types.js"
 */

/** The server answers in far less time (ms). */
const TIMEOUT = 10_000;

export class Requests {
  /** @type {Map<string, {resolve: (event: any) => void, reject: (error: any) => void}>} */
  #pending = new Map();
  #count = 0;
  #send;

  /** @param {(command: object) => boolean} send   returns false without a connection */
  constructor(send) {
    this.#send = send;
  }

  /**
   * @param {{type: string, [field: string]: any}} command
   * @param {number} [patience]   how long to wait for the answer (ms)
   * @returns {Promise<any>} the answer; rejects with the server's error, or `{code: "no_answer"}`
   */
  request(command, patience = TIMEOUT) {
    this.#count += 1;
    const ref = `r${this.#count}`;
    return new Promise((resolve, reject) => {
      if (!this.#send({ ...command, ref })) {
        reject({ code: "no_answer" });
        return;
      }
      this.#pending.set(ref, { resolve, reject });
      setTimeout(() => {
        if (this.#pending.delete(ref)) reject({ code: "no_answer" });
      }, patience);
    });
  }

  /** @param {any} event   an answer of the server */
  settle(event) {
    const pending = this.#pending.get(event.ref);
    this.#pending.delete(event.ref);
    if (event.type === "error") pending?.reject(event);
    else pending?.resolve(event);
  }

  /** The socket is closed: no more answers will come. */
  rejectAll() {
    for (const { reject } of this.#pending.values()) reject({ code: "no_answer" });
    this.#pending.clear();
  }
}

/**
 * @param {Chat} chat
 * @param {Position | null} position   at which something was asked for
 * @returns {boolean} whether the answer is of the log that the page shows: the room may have been cleared
 *   meanwhile
 */
export const isSameLog = (chat, position) => chat.state.position?.epoch === position?.epoch;
