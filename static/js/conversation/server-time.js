/**
 * What the server's clock says, by which messages have their times: this machine's may be wrong by hours.
 *
 * @import {Post, WireMessage} from "../types.js"
 */

/** How far (ms) this machine's clock is ahead of the server's, as far as it is known. */
let ahead = 0;

/** @param {WireMessage} message   a new one @param {Post[]} posts   the person's own: one of them has just been stored, others may come late */
export function learnTime({ id, time }, posts) {
  if (posts.some((post) => post.id === id)) ahead = Date.now() - Date.parse(time);
}

/** @returns {number} ms, as of `Date.now()` */
export const serverNow = () => Date.now() - ahead;
