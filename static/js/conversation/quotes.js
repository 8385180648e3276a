/**
 * Looks up the messages that others reply to.
 *
 * @import {Chat} from "./chat.js"
 */
import { isSameLog } from "./requests.js";

/** So many are requested at once; however long they are, they fit into one answer. */
const AT_MOST = 25;

/** What got no answer is requested again after this time, unless the server names another one (s). */
const RETRY = 1;

const NONE = { seqs: [], messages: [] };

/** @type {Set<number>} */
const asked = new Set();

/** @param {Chat} chat @param {number[]} seqs   that the page doesn't know */
export async function loadQuotes(chat, seqs) {
  const wanted = seqs.filter((seq) => !asked.has(seq)).slice(0, AT_MOST);
  if (!wanted.length || chat.state.connection.phase !== "online") return;
  for (const seq of wanted) asked.add(seq);
  try {
    const { position } = chat.state;
    const { messages } = await chat.request({ type: "messages", seqs: wanted });
    chat.dispatch({
      type: "quotes-loaded",
      ...(isSameLog(chat, position) ? { seqs: wanted, messages } : NONE),
    });
  } catch (/** @type {any} */ error) {
    await new Promise((done) => setTimeout(done, 1000 * (error.retry_after ?? RETRY)));
    for (const seq of wanted) asked.delete(seq);
    return chat.dispatch({ type: "quotes-loaded", ...NONE }); // a draw, which asks again for what is in sight
  }
  for (const seq of wanted) asked.delete(seq);
}
