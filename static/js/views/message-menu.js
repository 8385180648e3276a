/**
 * The menu of a message: by its button, which follows the pointer and the focus from message to message; by a long press
 * on a touch screen; by the keyboard.
 *
 * @import {Chat} from "../chat.js"
 * @import {Action, Target} from "../message-actions.js"
 */
import { html, nothing, render } from "../../vendor/vendor.js";
import { copyText } from "../clipboard.js";
import { writeMention } from "../field.js";
import { t } from "../i18n.js";
import { actionsFor, messageOf } from "../message-actions.js";
import { showToast } from "./toast.js";

/** A finger that rests on a message for so long (ms), and moves less than so far (px), asks for its menu. */
const LONG_PRESS = 500;
const LONG_PRESS_MOVES = 10;
/** The menu keeps this far (px) from the window's edges. */
const MARGIN = 8;

const DOTS = html`<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><circle cx="5" cy="12" r="1.75"></circle><circle cx="12" cy="12" r="1.75"></circle><circle cx="19" cy="12" r="1.75"></circle></svg>`;

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
const articleAt = (target) => /** @type {Element | null} */ (target)?.closest?.(".list article") ?? null;

export class MessageMenu {
  #list;
  #chat;
  #field;
  #button = document.createElement("button");
  /** When this began to listen (ms). */
  #since = performance.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pressTimer;

  /** @param {{list: HTMLElement, chat: Chat, field: HTMLTextAreaElement}} page */
  constructor({ list, chat, field }) {
    this.#list = list;
    this.#chat = chat;
    this.#field = field;
    this.#button.type = "button";
    this.#button.className = "message-more";
    this.#button.tabIndex = -1;
    this.#button.setAttribute("aria-haspopup", "menu");
    this.#listen();
  }

  #listen() {
    const list = this.#list;
    list.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse") this.attach(articleAt(event.target));
    });
    list.addEventListener("focusin", ({ target }) => this.attach(articleAt(target)));
    list.addEventListener("click", (event) => this.#onClick(event));
    list.addEventListener("pointerdown", (event) => this.#onPointerDown(event));
    for (const end of ["pointerup", "pointercancel", "scroll"])
      list.addEventListener(end, () => clearTimeout(this.#pressTimer), { passive: true });
  }

  /** @param {HTMLElement | null} article   gets the button, before all that its template draws */
  attach(article) {
    if (!article || this.#button.parentElement === article) return;
    this.#button.setAttribute("aria-label", t("message-actions"));
    this.#button.title = t("message-actions");
    if (!this.#button.firstChild) render(DOTS, this.#button);
    article.prepend(this.#button);
  }

  /** @param {MouseEvent} event */
  #onClick({ target }) {
    const element = /** @type {HTMLElement} */ (target);
    const article = articleAt(element);
    if (!article) return;
    if (this.#button.contains(element)) this.open(article, this.#button.getBoundingClientRect());
    else if (element.closest("[data-copy-code]"))
      void copyCode(/** @type {HTMLElement} */ (element.closest(".fence")));
    else if (element.closest(".author, .message > .avatar")) this.#mentionAuthor(article);
  }

  /** @param {HTMLElement} article */
  #mentionAuthor(article) {
    const message = messageOf(this.#chat, article);
    if (!message || !("from" in message) || message.outside || this.#field.disabled) return;
    if (message.from.id !== this.#chat.state.me?.id) writeMention(this.#field, message.from.name);
  }

  /** @param {PointerEvent} event */
  #onPointerDown({ pointerType, target, clientX, clientY }) {
    clearTimeout(this.#pressTimer);
    const article = articleAt(target);
    const isControl = /** @type {Element} */ (target).closest("a, button, pre");
    if (pointerType !== "touch" || !article || isControl) return;
    const end = new AbortController();
    this.#list.addEventListener(
      "pointermove",
      (move) => {
        if (Math.hypot(move.clientX - clientX, move.clientY - clientY) > LONG_PRESS_MOVES)
          clearTimeout(this.#pressTimer);
      },
      { signal: end.signal },
    );
    this.#pressTimer = setTimeout(() => {
      end.abort();
      this.open(article, new DOMRect(clientX, clientY));
    }, LONG_PRESS);
  }

  /** @param {HTMLElement} article @param {DOMRect} [place]   what the menu opens next to */
  open(article, place = article.getBoundingClientRect()) {
    const message = messageOf(this.#chat, article);
    if (!message) return;
    const target = { message, chat: this.#chat, field: this.#field };
    openMenu(actionsFor(target), target, place, article);
  }

  /** @param {Event} event   that has made the page fetch this module */
  onFirst(event) {
    if (event.timeStamp > this.#since) return; // it was heard here
    if (event.type === "click") this.#onClick(/** @type {MouseEvent} */ (event));
    else this.attach(articleAt(event.target));
  }

  /** @param {KeyboardEvent} event @param {HTMLElement} article   that has the focus @returns {boolean} whether it was a key of the menu */
  onKey(event, article) {
    const isMenuKey = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
    if (
      isMenuKey ||
      (event.key === "Enter" && !article.querySelector(".text a, .text button, .unfold, .post-status button"))
    ) {
      this.open(article);
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const message = messageOf(this.#chat, article);
    if (!message) return false;
    const target = { message, chat: this.#chat, field: this.#field };
    const action = actionsFor(target).find(({ code }) => code === event.code);
    action?.act(target);
    return Boolean(action);
  }
}

/** @type {MessageMenu | undefined} */
let menu;

/** @param {{list: HTMLElement, chat: Chat, field: HTMLTextAreaElement}} page @returns {MessageMenu} the page's only one */
export function menuFor(page) {
  menu ??= new MessageMenu(page);
  return menu;
}

/** @param {HTMLElement} fence   a block of code */
async function copyCode(fence) {
  const code = fence.querySelector("code")?.textContent ?? "";
  showToast(t((await copyText(code)) ? "copied-code" : "copy-failed"));
}

/** @param {Action[]} actions @param {Target} target @param {DOMRect} place @param {HTMLElement} article */
function openMenu(actions, target, place, article) {
  const dialog = document.createElement("dialog");
  dialog.className = "menu";
  const choose = (/** @type {Action} */ action) => {
    dialog.close();
    action.act(target);
  };
  render(
    html`<div role="menu" aria-label=${t("message-actions")}>${actions.map(
      (action) => html`<button type="button" role="menuitem" class="menu-item" @click=${() => choose(action)}>
        <span>${t(`action-${action.name}`)}</span>${action.key ? html`<kbd aria-hidden="true">${action.key}</kbd>` : nothing}</button>`,
    )}</div>`,
    dialog,
  );
  ignoreFirstTap(dialog);
  dialog.addEventListener("keydown", (event) => onMenuKey(event, dialog));
  dialog.addEventListener("click", ({ target: pressed }) => pressed === dialog && dialog.close());
  dialog.addEventListener("contextmenu", (event) => event.preventDefault());
  dialog.addEventListener("close", () => {
    dialog.remove();
    article.removeAttribute("data-menu");
  });
  document.body.append(dialog);
  article.setAttribute("data-menu", "");
  dialog.showModal();
  moveTo(dialog, place);
}

/** @param {HTMLElement} dialog   under a finger that still rests: when it is lifted, nothing is pressed */
function ignoreFirstTap(dialog) {
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
  dialog.style.setProperty(
    "--menu-top",
    `${Math.max(MARGIN, Math.min(top, innerHeight - height - MARGIN))}px`,
  );
  dialog.style.setProperty(
    "--menu-left",
    `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`,
  );
}

/** @param {KeyboardEvent} event @param {HTMLDialogElement} dialog */
function onMenuKey(event, dialog) {
  const items = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll("[role=menuitem]")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, number>} */
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
  if (event.key === "Tab") dialog.close();
  else if (event.key in moves) items.at(moves[event.key] % items.length)?.focus();
  else return;
  event.preventDefault();
}
