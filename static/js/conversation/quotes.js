/**
 * Looks up the messages that others reply to.
 *
 * @import {Chat} from "./chat.js"
 */
import { sleep } from "../sleep.js";
import { isSameLog } from "./requests.js";

/** So many are requested at once; however long they are, they fit into one answer. */
const AT_MOST = 25;

/** What got no answer is requested again after this time, unless the server names another one (s). */
const RETRY = 1;

/** Nothing was found out; but a draw follows, which asks again for what is in sight. */
const NONE = { seqs: [], messages: [] };

/** What an answer is awaited for. @type {Set<number>} */
const asked = new Set();

/** @param {Chat} chat @param {number[]} seqs   that the page doesn't know */
export async function loadQuotes(chat, seqs) {
  const wanted = seqs.filter((seq) => !asked.has(seq)).slice(0, AT_MOST);
  if (!wanted.length || chat.state.connection.phase !== "online") return;
  for (const seq of wanted) asked.add(seq);
  const found = await request(chat, wanted);
  for (const seq of wanted) asked.delete(seq);
  chat.dispatch({ type: "quotes-loaded", ...found });
}

/** @param {Chat} chat @param {number[]} seqs */
async function request(chat, seqs) {
  const { position } = chat.state;
  try {
    const { messages } = await chat.request({ type: "messages", seqs });
    return isSameLog(chat, position) ? { seqs, messages } : NONE;
  } catch (/** @type {any} */ error) {
    await sleep(1000 * (error.retry_after ?? RETRY));
    return NONE;
  }
}
