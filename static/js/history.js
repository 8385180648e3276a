/**
 * Requests older and newer parts of the room when the reader gets there.
 *
 * @import {Chat} from "./chat.js"
 */
import { firstSeq, lastSeq, PART } from "./timeline.js";

/**
 * @param {Chat} chat
 * @param {number} before   the answer ends just before this seq
 * @returns {Promise<any>}
 */
const request = (chat, before) => chat.request({ type: "history", before, limit: PART });

/** @param {Chat} chat @param {boolean} [again]   also after a failure, as the person asks for it */
export async function loadOlder(chat, again = false) {
  const { timeline, head, history, position } = chat.state;
  if (!position || timeline.start || history === "loading" || (history === "failed" && !again)) return;
  chat.dispatch({ type: "history-wanted" });
  try {
    const { messages, start } = await request(chat, firstSeq(timeline) ?? head + 1);
    chat.dispatch({ type: "history", messages, start });
  } catch {
    chat.dispatch({ type: "history-failed" });
  }
}

/** @param {Chat} chat */
export async function loadNewer(chat) {
  const { timeline, head, history, connection } = chat.state;
  const last = Math.max(lastSeq(timeline) ?? 0, timeline.upTo ?? 0);
  if (timeline.atHead || !last || history === "loading" || connection.phase !== "online") return;
  chat.dispatch({ type: "history-wanted" });
  try {
    const upTo = Math.min(last + PART, head);
    const { messages } = await request(chat, upTo + 1);
    chat.dispatch({ type: "newer", messages, upTo });
  } catch {
    chat.dispatch({ type: "history-failed" });
  }
}

/**
 * Loads a message and those around it into the timeline; the newest messages if `seq` is beyond them.
 *
 * @param {Chat} chat
 * @param {number} seq
 */
export async function loadAround(chat, seq) {
  const { timeline, head } = chat.state;
  const [first, last] = [firstSeq(timeline) ?? Infinity, lastSeq(timeline) ?? 0];
  if (seq >= first && seq <= last) return;
  const upTo = Math.min(seq + PART / 2, head);
  const answer = await request(chat, upTo + 1).catch(() => null);
  // Without messages: the server no longer keeps any that old.
  if (answer?.messages.length)
    chat.dispatch({ type: "around", messages: answer.messages, upTo, start: answer.start });
}
