/**
 * What is open over a message in the list: a menu, a dialog. It shows the message as it is, and goes with it.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {MessageItem, Post, State} from "../../types.js"
 * @import {Target} from "./message-actions.js"
 */
import { messageAt } from "../../state/changes.js";

/**
 * @template {MessageItem | Post} M
 * @param {{message: M, chat: Chat}} target
 * @returns {M | MessageItem} the form that it has by now: since it was found, it may have been edited
 */
export function formNow({ message, chat }) {
  const seq = "seq" in message && message.seq;
  return (seq && messageAt(chat.state, seq)) || message;
}

/**
 * @param {Pick<Target, "message" | "epoch" | "chat">} target
 * @param {HTMLDialogElement} dialog   is closed when the message is deleted, or lost with its log
 */
export function closeWith({ message, epoch, chat }, dialog) {
  const seq = "seq" in message && message.seq;
  const follow = (/** @type {State} */ state) => {
    if (seq && (state.position?.epoch !== epoch || messageAt(state, seq)?.deleted)) dialog.close();
  };
  dialog.addEventListener("close", chat.listen(follow));
  follow(chat.state); // its code may have been fetched first
}

/**
 * @param {{message: MessageItem, chat: Chat}} target
 * @param {HTMLDialogElement} dialog
 * @param {(message: MessageItem) => void} show   called with each new form of the message, while the dialog is open
 */
export function onNewForm({ message, chat }, dialog, show) {
  let shown = message;
  const follow = () => {
    const now = formNow({ message: shown, chat });
    if (now === shown || !dialog.open) return;
    shown = now;
    show(now);
  };
  dialog.addEventListener("close", chat.listen(follow));
}
