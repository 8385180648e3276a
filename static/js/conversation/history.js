/**
 * Requests older and newer parts of the room when the reader gets there.
 *
 * While an answer is on its way, the reader may go elsewhere: one that no longer adjoins what is there is dropped.
 *
 * @import {Chat} from "./chat.js"
 * @import {PageEvent, Side, State, Timeline} from "../types.js"
 */

import { firstSeq, lastSeq, PART, partAt } from "../state/timeline.js";
import { isSameLog } from "./requests.js";

/**
 * @param {Chat} chat
 * @param {number} before   the answer ends just before this seq
 * @param {number} [limit]
 * @returns {Promise<any>}
 */
const request = (chat, before, limit = PART) => chat.request({ type: "history", before, limit });

/**
 * @param {State} state
 * @param {Side} side
 * @param {boolean} again
 * @returns {boolean} whether a part may be asked for there
 */
const mayLoad = ({ history }, side, again) =>
  // Who asks for it waits for no answer on the other side.
  again
    ? history[side] !== "loading"
    : !Object.values(history).includes("loading") && history[side] !== "failed";

/**
 * @param {Chat} chat
 * @param {Side} side
 * @param {object} part
 * @param {number} part.before   it ends just before this seq
 * @param {number} part.limit
 * @param {() => boolean} part.adjoins   whether it still does when the answer is there
 * @param {(answer: any) => PageEvent} part.event   that adds it to the state
 * @returns {Promise<boolean>} false: it couldn't be loaded
 */
async function load(chat, side, { before, limit, adjoins, event }) {
  chat.dispatch({ type: "history-wanted", side });
  const answer = await request(chat, before, limit).catch(() => null);
  const isOutdated = !adjoins();
  if (isOutdated) chat.dispatch({ type: "history-outdated", side });
  else chat.dispatch(answer ? event(answer) : { type: "history-failed", side });
  return isOutdated || answer !== null;
}

/**
 * Loads the part above the timeline, if there is one.
 *
 * @param {Chat} chat
 * @param {boolean} [again]   also after a failure, as the person asks for it
 * @returns {Promise<boolean>} false: it was requested, and couldn't be loaded
 */
export async function loadOlder(chat, again = false) {
  const { timeline, head, position } = chat.state;
  if (!position || timeline.start || !mayLoad(chat.state, "older", again)) return true;
  const before = firstSeq(timeline) ?? head + 1;
  return load(chat, "older", {
    before,
    limit: partAt(timeline, "oldest"),
    adjoins: () =>
      (firstSeq(chat.state.timeline) ?? chat.state.head + 1) === before && isSameLog(chat, position),
    event: ({ messages, start }) => ({ type: "older-loaded", messages, start }),
  });
}

/** @param {Timeline} timeline @returns {number} up to where it is known; 0: nothing is */
const endOf = (timeline) => Math.max(lastSeq(timeline) ?? 0, timeline.upTo ?? 0);

/**
 * Loads the part below the timeline, if the page isn't at the end of the room.
 *
 * @param {Chat} chat
 * @param {boolean} [again]   also after a failure, as the person asks for it
 * @returns {Promise<boolean>} false: it was requested, and couldn't be loaded
 */
export async function loadNewer(chat, again = false) {
  const { timeline, head, connection, position } = chat.state;
  const last = endOf(timeline);
  if (timeline.atHead || !last || !mayLoad(chat.state, "newer", again)) return true;
  if (connection.phase !== "online" && !again) return true;
  const limit = partAt(timeline, "newest");
  const upTo = Math.min(last + limit, head);
  return load(chat, "newer", {
    before: upTo + 1,
    limit,
    adjoins: () => endOf(chat.state.timeline) === last && isSameLog(chat, position),
    event: ({ messages }) => ({ type: "newer-loaded", messages, upTo }),
  });
}

/**
 * Loads a message and those around it into the timeline; the newest messages if `seq` is beyond them.
 *
 * @param {Chat} chat
 * @param {number} seq
 * @param {() => boolean} [isWanted]   asked again when the answer is there
 * @returns {Promise<boolean>} whether there was an answer, where one was needed
 */
export async function loadAround(chat, seq, isWanted = () => true) {
  const { timeline, head, position } = chat.state;
  const [first, last] = [firstSeq(timeline) ?? Infinity, lastSeq(timeline) ?? 0];
  if (seq >= first && seq <= last) return true;
  const upTo = Math.min(seq + PART / 2, head);
  const answer = await request(chat, upTo + 1).catch(() => null);
  // Without messages: the server no longer keeps any that old.
  if (answer?.messages.length && isSameLog(chat, position) && isWanted())
    chat.dispatch({ type: "around-loaded", messages: answer.messages, upTo, start: answer.start });
  return Boolean(answer);
}
