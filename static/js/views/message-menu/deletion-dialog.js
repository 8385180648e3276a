/**
 * Asks before a message is deleted.
 *
 * @import {Target} from "./message-actions.js"
 * @import {MessageItem} from "../../types.js"
 */
import { html } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";
import { excerpt } from "../list/message-parts.js";
import { closeWithRole, openDialog } from "../overlays/dialog.js";
import { closeWith, formNow, onNewForm } from "./over-message.js";

/** @param {Target & {message: MessageItem}} target */
export function askToDelete(target) {
  const { epoch, chat } = target;
  let message = formNow(target);
  const { seq = 0 } = message;
  const remove = () => {
    handle.close();
    chat.change({ kind: "delete", seq, epoch });
  };
  const handle = openDialog({
    name: "deletion",
    title: () => t("delete-title"),
    body: () => html`
      <div class="dialog-body">
        <p class="deletion-text" dir="auto">${excerpt(message)}</p>
        <p class="dialog-hint">${t("delete-hint")}</p>
        <div class="dialog-row deletion-row">
          <button class="button button-plain" type="button" @click=${() => handle.close()}>${t("delete-keep")}</button>
          <button class="button button-danger" type="button" autofocus @click=${remove}>${t("delete-now")}</button>
        </div>
      </div>`,
  });
  closeWith(target, handle.dialog);
  onNewForm({ message, chat }, handle.dialog, (now) => {
    message = now;
    handle.draw();
  });
  if (message.from.id !== chat.state.me?.id) closeWithRole(chat, handle.dialog);
}
