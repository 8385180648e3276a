/**
 * What can be done with a message: the entries of its menu, and keys for them while it has the focus. Another action is
 * another entry in this list.
 *
 * @import {Chat} from "./chat.js"
 * @import {MessageItem, Post} from "./types.js"
 */
import { copyText } from "./clipboard.js";
import { writeMention } from "./field.js";
import { t } from "./i18n.js";
import { plainText } from "./text/plain.js";
import { itemsOf } from "./timeline.js";
import { addressOf } from "./views/share.js";
import { showToast } from "./views/toast.js";

/**
 * @typedef {object} Target   the message that something is done with
 * @property {MessageItem | Post} message
 * @property {Chat} chat
 * @property {HTMLTextAreaElement} field
 *
 * @typedef {object} Action
 * @property {string} name   `action-<name>` is its text
 * @property {string} [code]   the key (`KeyboardEvent.code`, so that it is the same in every layout)
 * @property {string} [key]   how that key is shown
 * @property {(target: Target) => boolean} [isOffered]   always, if there is no rule
 * @property {(target: Target) => unknown} act
 */

/** @param {string} text @param {string} done   id of what is said then */
async function copy(text, done) {
  showToast(t((await copyText(text)) ? done : "copy-failed"));
}

/** @param {Target} target @returns {MessageItem["from"] | null} somebody else, who wrote it */
function otherAuthor({ message, chat }) {
  if (!("from" in message) || message.outside) return null;
  return message.from.id === chat.state.me?.id ? null : message.from;
}

/** @type {Action[]} */
export const ACTIONS = [
  {
    name: "mention",
    isOffered: (target) => otherAuthor(target) !== null && !target.field.disabled,
    act: (target) => writeMention(target.field, otherAuthor(target)?.name ?? ""),
  },
  {
    name: "copy-text",
    act: ({ message }) => copy(plainText(message.text), "copied-text"),
  },
  {
    name: "copy-link",
    isOffered: ({ message }) => "seq" in message && Boolean(message.seq),
    act: ({ message, chat }) =>
      copy(`${addressOf(chat.state.room)}#m${"seq" in message ? message.seq : ""}`, "copied-link"),
  },
];

/** @param {Chat} chat @param {Element} article @returns {MessageItem | Post | null} the message that is drawn there */
export function messageOf({ state }, article) {
  const key = article.getAttribute("data-key");
  const item = itemsOf(state.timeline).find((each) => each.key === key);
  if (item) return item.kind === "message" ? item : null;
  return state.posts.find(({ id }) => id === key) ?? null;
}

/** @param {Target} target @returns {Action[]} */
export const actionsFor = (target) => ACTIONS.filter(({ isOffered }) => isOffered?.(target) ?? true);
