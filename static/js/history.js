/**
 * Requests older and newer parts of the room when the reader gets there.
 *
 * While an answer is on its way, the reader may go elsewhere: one that no longer adjoins what is there is dropped.
 *
 * @import {Chat} from "./chat.js"
 * @import {State, Timeline} from "./types.js"
 */
import { isSameLog } from "./requests.js";
import { firstSeq, lastSeq, PART, partAt } from "./timeline.js";

/**
 * @param {Chat} chat
 * @param {number} before   the answer ends just before this seq
 * @param {number} [limit]
 * @returns {Promise<any>}
 */
const request = (chat, before, limit = PART) => chat.request({ type: "history", before, limit });

/** @param {State} state @param {"older" | "newer"} side @param {boolean} again @returns {boolean} whether a part may be asked for there */
const mayLoad = ({ history }, side, again) =>
  !Object.values(history).includes("loading") && (again || history[side] !== "failed");

/** @param {Chat} chat @param {boolean} [again]   also after a failure, as the person asks for it */
export async function loadOlder(chat, again = false) {
  const { timeline, head, position } = chat.state;
  if (!position || timeline.start || !mayLoad(chat.state, "older", again)) return;
  const side = "older";
  const before = firstSeq(timeline) ?? head + 1;
  const adjoins = () =>
    (firstSeq(chat.state.timeline) ?? chat.state.head + 1) === before && isSameLog(chat, position);
  chat.dispatch({ type: "history-wanted", side });
  const answer = await request(chat, before, partAt(timeline, "oldest")).catch(() => null);
  if (!adjoins()) chat.dispatch({ type: "history-outdated", side });
  else if (answer) chat.dispatch({ type: "history", messages: answer.messages, start: answer.start });
  else chat.dispatch({ type: "history-failed", side });
}

/** @param {Timeline} timeline @returns {number} up to where it is known; 0: nothing is */
const endOf = (timeline) => Math.max(lastSeq(timeline) ?? 0, timeline.upTo ?? 0);

/** @param {Chat} chat @param {boolean} [again]   see `loadOlder` */
export async function loadNewer(chat, again = false) {
  const { timeline, head, connection, position } = chat.state;
  const last = endOf(timeline);
  if (timeline.atHead || !last || !mayLoad(chat.state, "newer", again)) return;
  if (connection.phase !== "online" && !again) return;
  const side = "newer";
  const part = partAt(timeline, "newest");
  const upTo = Math.min(last + part, head);
  const adjoins = () => endOf(chat.state.timeline) === last && isSameLog(chat, position);
  chat.dispatch({ type: "history-wanted", side });
  const answer = await request(chat, upTo + 1, part).catch(() => null);
  if (!adjoins()) chat.dispatch({ type: "history-outdated", side });
  else if (answer) chat.dispatch({ type: "newer", messages: answer.messages, upTo });
  else chat.dispatch({ type: "history-failed", side });
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
    chat.dispatch({ type: "around", messages: answer.messages, upTo, start: answer.start });
  return Boolean(answer);
}
