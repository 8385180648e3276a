/**
 * Who has reacted to a message, and how.
 *
 * @import {Target} from "./message-actions.js"
 * @import {MessageItem} from "../../types.js"
 */
import { html } from "../../../vendor/vendor.js";
import { whoReacted } from "../../conversation/reactions.js";
import { number, t } from "../../i18n/i18n.js";
import { messageAt } from "../../state/changes.js";
import { openDialog } from "../overlays/dialog.js";
import { closeWith } from "./message-actions.js";

/** @param {Target & {message: MessageItem}} target @returns {HTMLDialogElement} which follows the message while it is in the page */
export function openReactions(target) {
  const { chat } = target;
  let { message } = target;
  const handle = openDialog({
    name: "reactions",
    title: () => t("reactions-title"),
    body: () =>
      html`<dl class="dialog-body who">${(message.reactions ?? []).map(
        (reaction) => html`<div><dt>${reaction.emoji} ${number(reaction.count)}</dt>
        <dd>${whoReacted(chat.state, reaction)}</dd></div>`,
      )}</dl>`,
  });
  closeWith(target, handle.dialog);
  const stop = chat.listen((state) => {
    const now = messageAt(state, message.seq ?? 0) ?? message;
    if (now === message || !handle.dialog.open) return;
    message = now;
    if (message.reactions?.length) handle.draw();
    else handle.close();
  });
  handle.dialog.addEventListener("close", stop);
  return handle.dialog;
}
