/**
 * What can be done with a message: the entries of its menu, and keys for them while it has the focus. Another action is
 * another entry in this list.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {BarAct, MessageItem, Post, State, TermAct} from "../../types.js"
 */

import { copyText } from "../../dom/clipboard.js";
import { writeMention } from "../../dom/insert-text.js";
import { placeOf } from "../../dom/platform-keys.js";
import { t } from "../../i18n/i18n.js";
import { extras, moderatorExtras, useOrTell } from "../../lazy-modules.js";
import { isModerator, mayBar } from "../../state/rules.js";
import { serverNow } from "../../state/server-clock.js";
import { itemsOf } from "../../state/timeline.js";
import { plainText } from "../../text/plain.js";
import { addressOf } from "../dialogs/share.js";
import { isOwn } from "../list/message.js";
import { toggleOrTell } from "../list/message-parts.js";
import { showToast } from "../overlays/toast.js";
import { keepInSight } from "./keep-in-sight.js";
import { closeWith } from "./over-message.js";

/**
 * @typedef {object} Target   the message that something is done with
 * @property {MessageItem | Post} message
 * @property {string | undefined} epoch   of the log that it was found in: in another one its number is
 *   another message's
 * @property {Chat} chat
 * @property {HTMLTextAreaElement} field
 * @property {HTMLElement} article   in which it is drawn
 * @property {BarAct[]} [bars]   what its author is kept from
 * @property {number} [picture]   which of its pictures was pressed; -1: none
 *
 * @typedef {object} Action
 * @property {string} name   `action-<name>` is its text
 * @property {string} [code]   the key, by its `placeOf`
 * @property {string} [sign]   the key by what it writes
 * @property {string} [key]   how that key is shown
 * @property {(target: Target) => boolean} [isOffered]   always, if there is no rule
 * @property {boolean} [isDanger]   what it does isn't undone
 * @property {(target: Target) => string} [above]   see `Entry`
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

/**
 * @param {Pick<Target, "message">} target
 * @returns {boolean} whether a program wrote it, which isn't in the room
 */
const isHooks = ({ message }) => "hook" in message && Boolean(message.hook);

/**
 * @param {MessageItem | Post} message
 * @returns {message is MessageItem & {seq: number}} whether it is in the room's log, and so can be changed
 */
const isLogged = (message) => "seq" in message && Boolean(message.seq) && !message.deleted;

/** @param {Target} target @returns {target is Target & {message: MessageItem & {seq: number}}} */
const isOfLog = (target) => isLogged(target.message);

/** @param {State} state @param {MessageItem | Post} message */
const isMine = ({ me }, message) => "from" in message && me !== null && isOwn(message, me);

/**
 * @param {State} state
 * @param {MessageItem | Post} message
 * @returns {boolean} whether the person may still edit it
 */
function isEditable(state, message) {
  const { edit_window: seconds = 0 } = state.limits;
  const age = serverNow(state) - Date.parse(message.time);
  return isLogged(message) && isMine(state, message) && (!seconds || age < seconds * 1000);
}

/** @param {HTMLTextAreaElement} field */
const isWritable = ({ disabled, readOnly }) => !disabled && !readOnly;

/** @param {Target} target @param {"reply" | "edit"} what   the field is about from now on */
function compose({ message, chat, field }, what) {
  if (!isLogged(message)) return;
  const { id = "", name } = message.from;
  chat.dispatch({ type: "subject-set", subject: { what, seq: message.seq, from: { id, name } } });
  field.focus({ preventScroll: true });
}

/** @param {Target} target */
function pickReaction(target) {
  const onPick = (/** @type {string} */ emoji) => {
    if (isOfLog(target)) toggleOrTell(target, emoji);
  };
  useOrTell(extras.emojiPicker, async ({ openEmojiPicker }) => {
    const dialog = await openEmojiPicker({ anchor: target.article, onPick });
    closeWith(target, dialog);
    keepInSight(target.article, dialog);
  });
}

/**
 * @param {Target} target
 * @returns {{id: string, name: string} | null} its author, where the person may mute and remove them
 */
export function authorToBar(target) {
  const { id, name } = otherAuthor(target) ?? { name: "" };
  return id && isLogged(target.message) && mayBar(target.chat.state, id) ? { id, name } : null;
}

/** @param {Target} target @returns {string} the name that heads what is done to the author */
const authorName = (target) => otherAuthor(target)?.name ?? "";

/**
 * @param {TermAct} act   done to the author
 * @param {BarAct[]} unless   they are kept from one of these already
 * @returns {Action}
 */
function barring(act, ...unless) {
  return {
    name: act,
    isOffered: (target) =>
      authorToBar(target) !== null &&
      !(act === "remove" && isHooks(target)) &&
      !target.bars?.some((bar) => unless.includes(bar)),
    act: ({ message, epoch, chat }) =>
      useOrTell(
        moderatorExtras.barring,
        ({ askForTerm }) =>
          isLogged(message) &&
          askForTerm(chat, act, {
            name: message.from.name,
            author: message.from.id,
            seq: message.seq,
            epoch,
            isHook: isHooks({ message }),
          }),
      ),
  };
}

/**
 * @param {string} name
 * @param {(bars: BarAct[]) => boolean} isOffered   to an author who is kept from these
 * @returns {Action}
 */
function lettingIn(name, isOffered) {
  return {
    name,
    above: authorName,
    isOffered: (target) => authorToBar(target) !== null && isOffered(target.bars ?? []),
    act: (target) => {
      const author = authorToBar(target);
      if (author) useOrTell(moderatorExtras.moderate, ({ letIn }) => letIn(target.chat, author));
    },
  };
}

/** @param {Target} target */
const pressedPicture = ({ message, picture = -1 }) => message.pictures?.[picture];

/** @type {Action[]} */
const ACTIONS = [
  {
    name: "reply",
    code: "KeyR",
    key: "R",
    isOffered: ({ message, field }) => isLogged(message) && isWritable(field),
    act: (target) => compose(target, "reply"),
  },
  {
    name: "react",
    sign: "+",
    key: "+",
    isOffered: ({ message, field }) => isLogged(message) && isWritable(field),
    act: pickReaction,
  },
  {
    name: "edit",
    code: "KeyE",
    key: "E",
    isOffered: ({ message, chat, field }) => isEditable(chat.state, message) && isWritable(field),
    act: (target) => compose(target, "edit"),
  },
  {
    name: "mention",
    isOffered: (target) => otherAuthor(target) !== null && !isHooks(target) && isWritable(target.field),
    act: (target) => writeMention(target.field, otherAuthor(target)?.name ?? ""),
  },
  {
    name: "open-picture",
    isOffered: (target) => pressedPicture(target) !== undefined,
    act: (target) =>
      useOrTell(extras.pictureViewer, ({ openPicture }) => openPicture(target, target.picture ?? 0)),
  },
  {
    name: "save-picture",
    isOffered: (target) => Boolean(pressedPicture(target)?.id), // the server has it
    act: (target) =>
      useOrTell(extras.pictureViewer, ({ savePicture }) => savePicture(target, target.picture ?? 0)),
  },
  {
    name: "copy-text",
    isOffered: ({ message }) => Boolean(message.text),
    act: ({ message }) => copy(plainText(message.text), "copied-text"),
  },
  {
    name: "copy-link",
    isOffered: ({ message }) => isLogged(message),
    act: ({ message, chat }) =>
      copy(`${addressOf(chat.state.room)}#m${"seq" in message ? message.seq : ""}`, "copied-link"),
  },
  {
    name: "who",
    isOffered: ({ message }) => isLogged(message) && Boolean(message.reactions?.length),
    act: (target) =>
      useOrTell(extras.reactionsDialog, ({ openReactions }) => isOfLog(target) && openReactions(target)),
  },
  {
    name: "delete",
    code: "Delete",
    key: "Del",
    isDanger: true,
    above: () => "",
    isOffered: ({ message, chat: { state } }) =>
      isLogged(message) && (isMine(state, message) || isModerator(state)),
    act: (target) =>
      useOrTell(extras.deletionDialog, ({ askToDelete }) => isOfLog(target) && askToDelete(target)),
  },
  lettingIn("let-in", (bars) => bars.includes("mute") && !bars.includes("remove")),
  lettingIn("let-back", (bars) => bars.includes("remove")),
  { ...barring("mute", "mute", "remove"), above: authorName },
  { ...barring("erase"), isDanger: true },
  { ...barring("remove", "remove"), isDanger: true },
];

/**
 * @param {Chat} chat
 * @param {Element} article
 * @returns {MessageItem | Post | null} the message that is drawn there
 */
export function messageOf({ state }, article) {
  const key = article.getAttribute("data-key");
  const item = itemsOf(state.timeline).find((each) => each.key === key);
  if (item) return item.kind === "message" && !item.deleted ? item : null;
  return state.posts.find(({ id }) => id === key) ?? null;
}

/** @param {Target} target @returns {Action[]} */
export const actionsFor = (target) => ACTIONS.filter(({ isOffered }) => isOffered?.(target) ?? true);

/**
 * @param {KeyboardEvent} event
 * @param {Target} target   that has the focus
 * @returns {Action | undefined} that the key stands for: a capital letter begins a sentence
 */
export function actionFor(event, target) {
  const place = event.shiftKey ? "" : placeOf(event);
  return actionsFor(target).find(({ code, sign }) => code === place || sign === event.key);
}

/**
 * Edits the last message that the person has written, as long as nothing of theirs is still on its way.
 *
 * @param {Chat} chat
 * @param {HTMLTextAreaElement} field
 * @returns {boolean} false: there is none that may be edited
 */
export function editLast(chat, field) {
  const { timeline, posts } = chat.state;
  if (!timeline.atHead) return false; // the last one that is here may be an old one
  const isMyMessage = (/** @type {any} */ item) =>
    item.kind === "message" && !item.deleted && isMine(chat.state, item);
  const message = /** @type {MessageItem | undefined} */ (itemsOf(timeline).findLast(isMyMessage));
  const isSending = posts.some(({ status }) => status !== "failed");
  if (!message || isSending || !isWritable(field) || !isEditable(chat.state, message)) return false;
  compose({ message, epoch: chat.state.position?.epoch, chat, field, article: field }, "edit");
  return true;
}
