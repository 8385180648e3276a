/**
 * What can be done with a message, as a menu next to it; on a phone a sheet. Above it some reactions, and the
 * way to all.
 *
 * @import {Action, Target} from "./message-actions.js"
 * @import {Choose} from "../overlays/popup-menu.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { hasReacted, QUICK } from "../../conversation/reactions.js";
import { t } from "../../i18n/i18n.js";
import { isModerator } from "../../state/rules.js";
import { icon } from "../icon.js";
import { toggleOrTell } from "../list/message-parts.js";
import { closeWithRole } from "../overlays/dialog.js";
import { openPopup } from "../overlays/popup-menu.js";
import { keepInSight } from "./keep-in-sight.js";
import { closeWith, formNow } from "./over-message.js";

const PLUS = icon("M12 6v12M6 12h12");

/** @param {Action[]} actions @param {Target} target @param {DOMRect} place @param {HTMLElement} article */
export function openMenu(actions, target, place, article) {
  const reacting = actions.find(({ name }) => name === "react");
  const toEntry = (/** @type {Action} */ action) => ({
    ...action,
    text: t(`action-${action.name}`),
    act: () => action.act({ ...target, message: formNow(target) }),
    above: action.above?.(target),
  });
  const dialog = openPopup({
    label: t("message-actions"),
    entries: actions.filter((action) => action !== reacting).map(toEntry),
    unseen: reacting && toEntry(reacting),
    head: (choose) => (reacting ? quickView(target, reacting, choose) : nothing),
    place,
    onClose: () => article.removeAttribute("data-menu"),
  });
  closeWith(target, dialog);
  if (isModerator(target.chat.state)) closeWithRole(target.chat, dialog);
  article.setAttribute("data-menu", "");
  keepInSight(article, dialog);
}

/** @param {Target} target @param {Action} more   leads to all emoji @param {Choose} choose */
function quickView(target, more, choose) {
  const { message, epoch, chat } = target;
  const reactions = ("reactions" in message && message.reactions) || [];
  const react = (/** @type {string} */ emoji) =>
    "key" in message && toggleOrTell({ message, epoch, chat }, emoji);
  return html`<div class="menu-quick" role="group" aria-label=${t("action-react")}>${QUICK.map(
    (emoji) =>
      html`<button type="button" role="menuitemcheckbox" class="menu-emoji" aria-checked=${hasReacted(chat.state, reactions, emoji)}
        @click=${() => choose(() => react(emoji))}>${emoji}</button>`,
  )}<button type="button" role="menuitem" class="menu-emoji" aria-label=${t("action-react")} title=${t("action-react")}
    @click=${() => choose(() => more.act(target))}>${PLUS}</button></div>`;
}
