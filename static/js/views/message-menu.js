/**
 * The menu of a message: by its button, which follows the pointer and the focus from message to message; by a long press
 * on a touch screen; by the keyboard.
 *
 * @import {Chat} from "../chat.js"
 * @import {MessageItem} from "../types.js"
 */
import { html, render } from "../../vendor/vendor.js";
import { copyText } from "../clipboard.js";
import { extras, use } from "../extras.js";
import { writeMention } from "../field.js";
import { t } from "../i18n.js";
import { actionFor, actionsFor, messageOf } from "../message-actions.js";
import { ignoreFirstTap, openMenu } from "./menu.js";
import { showToast } from "./toast.js";

/** A finger that rests on a message for so long (ms), and moves less than so far (px), asks for its menu. */
const LONG_PRESS = 500;
const LONG_PRESS_MOVES = 10;
/** What Enter leads to, in a message that has some of it. */
const INSIDE = ".text a, .text button, .unfold, .post-status button, button.quote, .reaction";

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
    const control = /** @type {Element} */ (target).closest("a, button, pre");
    const isReaction = control?.matches(".reaction");
    if (pointerType !== "touch" || !article || (control && !control.matches(".reaction, .quote"))) return;
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
      if (isReaction) this.#openReactions(article);
      else this.open(article, new DOMRect(clientX, clientY));
    }, LONG_PRESS);
  }

  /** @param {HTMLElement} article */
  #openReactions(article) {
    const message = /** @type {MessageItem | null} */ (messageOf(this.#chat, article));
    if (!message) return;
    use(extras.reactionsDialog, ({ openReactions }) =>
      ignoreFirstTap(openReactions(this.#chat, message).dialog),
    );
  }

  /** @param {HTMLElement} article @param {DOMRect} [place]   what the menu opens next to */
  open(article, place = article.getBoundingClientRect()) {
    const message = messageOf(this.#chat, article);
    if (!message) return;
    const target = { message, chat: this.#chat, field: this.#field, article };
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
    if (isMenuKey || (event.key === "Enter" && !article.querySelector(INSIDE))) {
      this.open(article);
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const message = messageOf(this.#chat, article);
    if (!message) return false;
    const action = actionFor(event, { message, chat: this.#chat, field: this.#field, article });
    action?.act({ message, chat: this.#chat, field: this.#field, article });
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
