/**
 * Looks up the messages that others reply to.
 *
 * @import {Chat} from "./chat.js"
 */

/** So many are requested at once; however long they are, they fit into one answer. */
const AT_MOST = 25;

/** @type {Set<number>} */
const asked = new Set();

/** @param {Chat} chat @param {number[]} seqs   that the page doesn't know */
export async function loadQuotes(chat, seqs) {
  const wanted = seqs.filter((seq) => !asked.has(seq)).slice(0, AT_MOST);
  if (!wanted.length || chat.state.connection.phase !== "online") return;
  for (const seq of wanted) asked.add(seq);
  try {
    const { messages } = await chat.request({ type: "messages", seqs: wanted });
    chat.dispatch({ type: "quoted", seqs: wanted, messages });
  } catch {
    // The next draw asks again.
  }
  for (const seq of wanted) asked.delete(seq);
}
