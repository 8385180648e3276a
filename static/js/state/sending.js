/**
 * Which of the posts and changes is sent next, and which posts may not be sent again.
 *
 * @import {Change, Post, State} from "../types.js"
 */

/** The server remembers ids for 24 hours; a post that was sent longer ago could be stored twice (ms). */
const SAFE_TO_RESEND = 23 * 60 * 60 * 1000;

/**
 * @param {Post} post
 * @param {number} now   by the clock, which goes on while the device sleeps
 * @returns {boolean} whether the server may have it and not know its id any more
 */
export const isUnsure = ({ tried }, now) => Boolean(tried && now - Date.parse(tried) > SAFE_TO_RESEND);

/** @param {State} state @param {number} now */
const maySend = ({ connection: { phase }, pause, degraded }, now) =>
  phase === "online" && !degraded && pause.until <= now;

/**
 * @template {Post | Change} T
 * @param {T[]} queue
 * @returns {T | undefined} undefined: none is waiting, or one is on its way, or has pictures that are
 */
function nextIn(queue) {
  if (queue.some(({ status }) => status === "sending")) return undefined;
  const next = queue.find(({ status }) => status === "waiting" || status === "uploading");
  return next?.status === "waiting" ? next : undefined;
}

/**
 * @param {State} state
 * @param {number} now
 * @returns {Post | undefined} undefined: none is waiting, or it's too early
 */
export const nextPost = (state, now) => (maySend(state, now) ? nextIn(state.posts) : undefined);

/**
 * @param {State} state
 * @param {number} now
 * @returns {Change | undefined} undefined: none is waiting, or it's too early
 */
export const nextChange = (state, now) => (maySend(state, now) ? nextIn(state.changes) : undefined);
