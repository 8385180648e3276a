/**
 * What can be done with a message, as a menu next to it; on a phone a sheet. Above it some reactions, and the way to all.
 *
 * @import {Action, Target} from "../message-actions.js"
 */
import { html, nothing, render } from "../../vendor/vendor.js";
import { t } from "../i18n.js";
import { closeWith } from "../message-actions.js";
import { isOwn, QUICK, toggleReaction } from "../reacting.js";

/** The menu keeps this far (px) from the window's edges. */
const MARGIN = 8;

const PLUS = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" aria-hidden="true"><path d="M12 6v12M6 12h12"></path></svg>`;

/** @param {Action[]} actions @param {Target} target @param {DOMRect} place @param {HTMLElement} article */
export function openMenu(actions, target, place, article) {
  const dialog = document.createElement("dialog");
  dialog.className = "menu";
  const choose = (/** @type {() => unknown} */ act) => {
    dialog.close();
    act();
  };
  const reacting = actions.find(({ name }) => name === "react");
  const others = actions.filter((action) => action !== reacting);
  const view = (/** @type {Action} */ action) =>
    itemView(action, action === others[0], () => choose(() => action.act(target)));
  render(
    html`<div role="menu" aria-label=${t("message-actions")}>${reacting ? quickView(target, reacting, choose) : nothing}${others.map(view)}</div>`,
    dialog,
  );
  ignoreFirstTap(dialog);
  dialog.addEventListener("keydown", (event) => {
    const action = actions.find(
      ({ code, sign }) => (code && code === event.code) || (sign && sign === event.key),
    );
    if (action && !event.ctrlKey && !event.metaKey && !event.altKey) choose(() => action.act(target));
    else if (!onMenuKey(event, dialog)) return;
    event.preventDefault();
  });
  dialog.addEventListener("click", ({ target: pressed }) => pressed === dialog && dialog.close());
  dialog.addEventListener("contextmenu", (event) => event.preventDefault());
  dialog.addEventListener("close", () => {
    dialog.remove();
    article.removeAttribute("data-menu");
  });
  closeWith(target.chat, target.message, dialog);
  document.body.append(dialog);
  article.setAttribute("data-menu", "");
  dialog.showModal();
  moveTo(dialog, place);
}

/** @param {Action} action @param {boolean} isFirst @param {() => void} act */
const itemView = ({ name, key, isDanger = false }, isFirst, act) =>
  html`<button type="button" role="menuitem" class="menu-item" ?autofocus=${isFirst} ?data-danger=${isDanger} @click=${act}>
    <span>${t(`action-${name}`)}</span>${key ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing}</button>`;

/** @param {Target} target @param {Action} more   leads to all emoji @param {(act: () => unknown) => void} choose */
function quickView({ message, chat, ...target }, more, choose) {
  const reactions = ("reactions" in message && message.reactions) || [];
  const react = (/** @type {string} */ emoji) => "key" in message && toggleReaction(chat, message, emoji);
  return html`<div class="menu-quick" role="group" aria-label=${t("action-react")}>${QUICK.map(
    (emoji) =>
      html`<button type="button" role="menuitemcheckbox" class="menu-emoji" aria-checked=${isOwn(chat.state, reactions, emoji)}
        @click=${() => choose(() => react(emoji))}>${emoji}</button>`,
  )}<button type="button" role="menuitem" class="menu-emoji" aria-label=${t("action-react")} title=${t("action-react")}
    @click=${() => choose(() => more.act({ message, chat, ...target }))}>${PLUS}</button></div>`;
}

/** @param {HTMLElement} dialog   under a finger that still rests: when it is lifted, nothing is pressed */
export function ignoreFirstTap(dialog) {
  let isPressed = false;
  dialog.addEventListener("pointerdown", () => {
    isPressed = true;
  });
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (!isPressed && event.detail) event.stopImmediatePropagation(); // a click by a key has no detail
  };
  dialog.addEventListener("click", onClick, { capture: true });
}

/** @param {HTMLElement} dialog @param {DOMRect} place   below it, or above where there is no room */
function moveTo(dialog, place) {
  const { width, height } = dialog.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(dialog).direction === "rtl";
  const below = place.bottom + height + MARGIN <= innerHeight;
  const top = below ? place.bottom : Math.max(MARGIN, place.top - height);
  const left = isRightToLeft ? place.left : place.right - width;
  const within = (/** @type {number} */ at, /** @type {number} */ room) =>
    Math.max(MARGIN, Math.min(at, room - MARGIN));
  dialog.style.setProperty("--menu-top", `${within(top, innerHeight - height)}px`);
  dialog.style.setProperty("--menu-left", `${within(left, innerWidth - width)}px`);
}

/** @param {KeyboardEvent} event @param {HTMLDialogElement} dialog @returns {boolean} whether it was a key that moves in the menu */
function onMenuKey({ key }, dialog) {
  const all = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll(".menu-emoji, .menu-item")]);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const first = all.findIndex((each) => each.matches(".menu-item"));
  const isQuick = at < first;
  const isTop = at === first && first > 0;
  /** @type {Record<string, number>} */
  const moves = {
    ArrowDown: isQuick ? first : (at + 1) % all.length,
    ArrowUp: isQuick ? -1 : isTop ? 0 : at - 1,
    Home: 0,
    End: -1,
    ...(isQuick && { ArrowRight: Math.min(at + 1, first - 1), ArrowLeft: Math.max(at - 1, 0) }),
  };
  if (key === "Tab") dialog.close();
  else if (key in moves) all.at(moves[key])?.focus();
  else return false;
  return true;
}
