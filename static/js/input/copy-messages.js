/**
 * What is copied of the list. Of several messages each is a line with its time and author, and with its date
 * if they are of several days; so is one with its author selected. A part of one message is copied as it is,
 * without what stands around it. While a message has the focus and nothing is selected, the message is
 * copied.
 *
 * @import {Chat} from "../conversation/chat.js"
 * @import {MessageItem, Post} from "../types.js"
 */
import { clock, dateAndClock, dayKey, withPictures } from "../i18n/i18n.js";
import { plainText } from "../text/plain.js";
import { messageOf } from "../views/message-menu/message-actions.js";

/** @param {MessageItem | Post} message */
const plainOf = ({ pictures, text }) => withPictures(pictures, plainText(text));

/**
 * @param {Selection | null} selection
 * @param {HTMLElement} list
 * @returns {HTMLElement[]} the messages that it touches
 */
function selectedIn(selection, list) {
  if (!selection?.rangeCount || selection.isCollapsed || !selection.containsNode(list, true)) return [];
  const articles = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("article")]);
  return articles.filter((article) => {
    const text = article.querySelector(".text");
    return text !== null && selection.containsNode(text, true);
  });
}

/**
 * @param {Selection} selection
 * @returns {Range} from its start to its end: Firefox can have a range on each side of what isn't selectable,
 *   and by Ctrl more
 */
function wholeOf(selection) {
  const range = selection.getRangeAt(0).cloneRange();
  const { endContainer, endOffset } = selection.getRangeAt(selection.rangeCount - 1);
  range.setEnd(endContainer, endOffset);
  return range;
}

/**
 * @param {Element} text   of a message
 * @param {Range} range
 * @returns {string | null} what of it is selected; null: all of it
 */
function partOf(text, range) {
  const whole = document.createRange();
  whole.selectNodeContents(text);
  const part = whole.cloneRange();
  if (text.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
  if (text.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
  return part.toString() === whole.toString() ? null : part.toString();
}

/**
 * @param {Chat} chat
 * @param {HTMLElement} article
 * @param {Range} range
 * @returns {{author: string, said: string, date: Date}[]} what of it is selected: one or nothing
 */
function selectedOf(chat, article, range) {
  const message = messageOf(chat, article);
  const text = article.querySelector(".text");
  if (!message || !text) return [];
  const author = "from" in message ? message.from.name : (chat.state.me?.name ?? "");
  const said = partOf(text, range) ?? plainOf(message);
  return said.trim() ? [{ author, said, date: new Date(message.time) }] : [];
}

/** @param {Chat} chat @param {HTMLElement[]} articles @param {Range} range @returns {string} */
function linesOf(chat, articles, range) {
  const all = articles.flatMap((article) => selectedOf(chat, article, range));
  const isOfOneDay = new Set(all.map(({ date }) => dayKey(date))).size < 2;
  const when = isOfOneDay ? clock : dateAndClock;
  return all.map(({ author, said, date }) => `[${when(date)}] ${author}: ${said}`).join("\n");
}

/**
 * @param {Chat} chat
 * @param {HTMLElement} article   of which more than its text is selected
 * @param {Range} range
 * @returns {string} "": the browser copies it
 */
function copiedText(chat, article, range) {
  if (article.querySelector(".text")?.contains(range.commonAncestorContainer)) return "";
  const author = article.querySelector(".author, .visually-hidden");
  if (author && range.intersectsNode(author)) return linesOf(chat, [article], range);
  return selectedOf(chat, article, range)[0]?.said ?? "";
}

let isListening = false;

/** @param {{list: HTMLElement, chat: Chat}} page */
export function listenToCopying({ list, chat }) {
  if (isListening) return;
  isListening = true;
  document.addEventListener("copy", (event) => {
    if (/** @type {Element} */ (event.target).matches?.("input, textarea")) return;
    const selection = getSelection();
    const articles = selectedIn(selection, list);
    const focused = document.activeElement;
    /** @type {string} */
    let text = "";
    if (selection && articles.length > 1) text = linesOf(chat, articles, wholeOf(selection));
    else if (selection && articles.length) text = copiedText(chat, articles[0], wholeOf(selection));
    else if (selection?.isCollapsed !== false && focused?.matches(".list article")) {
      const message = messageOf(chat, focused);
      text = message ? plainOf(message) : "";
    }
    if (!text) return;
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
  });
}
