/**
 * Who has reacted to a message, and how.
 *
 * @import {Target} from "./message-actions.js"
 * @import {MessageItem} from "../../types.js"
 */
import { html } from "../../../vendor/vendor.js";
import { whoReacted } from "../../conversation/reactions.js";
import { number, t } from "../../i18n/i18n.js";
import { openDialog } from "../overlays/dialog.js";
import { closeWith, formNow, onNewForm } from "./over-message.js";

/**
 * @param {Target & {message: MessageItem}} target
 * @returns {HTMLDialogElement} which follows the message while it is in the page
 */
export function openReactions(target) {
  const { chat } = target;
  let message = formNow(target);
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
  onNewForm({ message, chat }, handle.dialog, (now) => {
    message = now;
    if (message.reactions?.length) handle.draw();
    else handle.close();
  });
  return handle.dialog;
}
