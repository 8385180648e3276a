/**
 * What the server's clock says, by which messages have their times: this machine's may be wrong by hours. It
 * is known from a message that was stored as soon as it was sent: one that was first sent on this connection.
 * Others may come late.
 *
 * @import {State, WireMessage} from "../types.js"
 */

/**
 * Each connection begins so: the device may have slept, and an event's time may have stood still meanwhile.
 *
 * @type {State["serverClock"]}
 */
export const UNKNOWN = { posted: "", openedAt: null };

/** @param {State} state @param {{id: string}} post   that is being sent @returns {State["serverClock"]} */
export function whenSent({ posts, serverClock }, { id }) {
  const isFirst = posts.some((post) => post.id === id && !post.tried);
  return isFirst ? { ...serverClock, posted: id } : serverClock;
}

/**
 * @param {State} state
 * @param {WireMessage & {at: number}} message   a new one
 * @returns {State["serverClock"]}
 */
export function learnedFrom({ serverClock, me }, { id, from, time, at }) {
  const isPosted = id === serverClock.posted && from.id === me?.id;
  return isPosted ? { ...serverClock, openedAt: Date.parse(time) - at } : serverClock;
}

/** @param {State} state @returns {number} the server's time (ms), as `Date.now()` */
export const serverNow = ({ serverClock: { openedAt } }) =>
  openedAt === null ? Date.now() : openedAt + performance.now();
