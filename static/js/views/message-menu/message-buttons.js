/**
 * What can be done with a message: by its buttons, of which one opens the menu, and which follow the pointer
 * and the focus from message to message; by a right click (see listeners.js); by a long press on a touch
 * screen; by the keyboard.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Target} from "./message-actions.js"
 * @import {BarAct, MessageItem} from "../../types.js"
 */
import { html, render } from "../../../vendor/vendor.js";
import { barsOf } from "../../conversation/moderator-acts.js";
import { copyText } from "../../dom/clipboard.js";
import { writeMention } from "../../dom/insert-text.js";
import { onLongPress } from "../../dom/long-press.js";
import { isSelected } from "../../dom/selection.js";
import { language, t } from "../../i18n/i18n.js";
import { extras, useOrTell } from "../../lazy-modules.js";
import { ARROW, DOTS, icon } from "../icon.js";
import { ignoreFirstTap } from "../overlays/popup-menu.js";
import { showToast } from "../overlays/toast.js";
import { actionFor, actionsFor, authorToBar, messageOf } from "./message-actions.js";
import { openMenu } from "./message-popup.js";

/** What Enter leads to, in a message that has some of it. */
const INSIDE = ".text a, .text button, .unfold, .post-status button, button.quote, .picture, .reaction";

/** Actions that are offered right away, besides the menu. @type {Record<string, unknown>} */
const TOOLS = {
  react: icon(
    "M13.5 3.6a8.5 8.5 0 1 0 6.9 6.9M8 14.25a4.25 4.25 0 0 0 7 0M9 9.5v.5m5-.5v.5M19 2.5v6M16 5.5h6",
  ),
  reply: icon(ARROW),
};

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
const articleAt = (target) => /** @type {Element | null} */ (target)?.closest?.(".list article") ?? null;

/**
 * @param {HTMLElement} article
 * @param {Element} pressed
 * @returns {number} which of its pictures that is, or is in; -1: none. One that is gone still has its place
 */
const pictureAt = (article, pressed) =>
  [...article.querySelectorAll(".pictures > *")].findIndex((each) => each.contains(pressed));

/** @param {string} name   of an action */
const toolView = (name) =>
  html`<button type="button" tabindex="-1" data-action=${name} aria-label=${t(`action-${name}`)} title=${t(`action-${name}`)}>${TOOLS[name]}</button>`;

const moreView = () =>
  html`<button class="message-more" type="button" tabindex="-1" aria-haspopup="menu" aria-label=${t("message-actions")} title=${t("message-actions")}>${DOTS}</button>`;

export class MessageButtons {
  #list;
  #chat;
  #field;
  #tools = document.createElement("div");
  /** Which buttons it has, in which language. */
  #drawn = "";
  /** Where on the screen the pointer was last, wherever the list has scrolled since; "": not known yet. */
  #pointer = "";
  /** Whose menu is to open. @type {HTMLElement | null} */
  #asked = null;
  /**
   * What was heard, by a listener of this or by the one that made the page fetch this module.
   *
   * @type {WeakSet<Event>}
   */
  #heard = new WeakSet();

  /** @param {{list: HTMLElement, chat: Chat, field: HTMLTextAreaElement}} page */
  constructor({ list, chat, field }) {
    this.#list = list;
    this.#chat = chat;
    this.#field = field;
    this.#tools.className = "message-tools";
    this.#listen();
  }

  #listen() {
    for (const type of ["pointerover", "focusin", "click"])
      this.#list.addEventListener(type, (event) => this.hear(event));
    document.addEventListener("pointermove", (event) => this.#onPointer(event), { passive: true });
    onLongPress(this.#list, (event) => this.#longPressAt(event));
  }

  /** @param {Event} event   counts once, though it may also have made the page fetch this module */
  hear(event) {
    if (this.#heard.has(event)) return;
    this.#heard.add(event);
    if (event.type === "click") this.#onClick(/** @type {MouseEvent} */ (event));
    else if (event.type === "focusin") this.#attach(articleAt(event.target));
    else this.#onPointer(/** @type {PointerEvent} */ (event));
  }

  /** @param {PointerEvent} event   over another element, or at another place */
  #onPointer({ target, pointerType, screenX, screenY }) {
    if (pointerType === "touch") return;
    const place = `${screenX} ${screenY}`;
    const isMoved = Boolean(this.#pointer) && place !== this.#pointer;
    this.#pointer = place;
    // A pointer that rests while messages pass under it takes no button from under the keys.
    if (isMoved || !this.#haveKeys) this.#attach(articleAt(target));
  }

  /** Whether the keys, rather than the pointer, are at the buttons. */
  get #haveKeys() {
    return Boolean(this.#tools.querySelector(":focus-visible"));
  }

  /** @param {HTMLElement | null} article   gets the buttons, before all that its template draws */
  #attach(article) {
    if (!article || this.#tools.parentElement === article) return;
    if (this.#haveKeys) this.#tools.parentElement?.focus({ preventScroll: true });
    const target = this.#targetAt(article);
    const offered = target ? actionsFor(target).flatMap(({ name }) => (name in TOOLS ? name : [])) : [];
    const drawn = `${offered} ${language()}`;
    if (drawn !== this.#drawn) render([offered.map(toolView), moreView()], this.#tools);
    this.#drawn = drawn;
    // In the message that they leave, Tab may have stopped at them.
    for (const each of this.#tools.children) each.setAttribute("tabindex", "-1");
    article.prepend(this.#tools);
  }

  /** @param {HTMLElement} article @returns {Target | null} null: nothing can be done with it */
  #targetAt(article) {
    const message = messageOf(this.#chat, article);
    const epoch = this.#chat.state.position?.epoch;
    return message && { message, epoch, chat: this.#chat, field: this.#field, article };
  }

  /** @param {MouseEvent} event */
  #onClick({ target, detail }) {
    const element = /** @type {HTMLElement} */ (target);
    const article = articleAt(element);
    if (!article) return;
    const tool = /** @type {HTMLElement | null} */ (element.closest(".message-tools > button"));
    const author = element.closest(".author, .message > .avatar");
    if (tool) this.#useTool(tool, article);
    else if (element.closest(".picture")) this.#openPicture(article, element);
    else if (element.closest("[data-copy-code]"))
      void copyCode(/** @type {HTMLElement} */ (element.closest(".fence")));
    else if (author && detail < 2 && !isSelected(author)) this.#mentionAuthor(article); // others select the name
  }

  /** @param {HTMLElement} article @param {Element} pressed   a picture, or what is in it */
  #openPicture(article, pressed) {
    const target = this.#targetAt(article);
    if (target)
      useOrTell(extras.pictureViewer, ({ openPicture }) => openPicture(target, pictureAt(article, pressed)));
  }

  /** @param {HTMLElement} tool @param {HTMLElement} article */
  #useTool(tool, article) {
    const target = this.#targetAt(article);
    const action = target && actionsFor(target).find(({ name }) => name === tool.dataset.action);
    if (action) action.act({ ...target, article: tool });
    else this.open(article, tool.getBoundingClientRect());
  }

  /** @param {HTMLElement} article */
  #mentionAuthor(article) {
    const message = messageOf(this.#chat, article);
    if (!message || !("from" in message) || message.outside || message.hook || this.#field.disabled) return;
    if (message.from.id !== this.#chat.state.me?.id) writeMention(this.#field, message.from.name);
  }

  /** @param {PointerEvent} event @returns {(() => void) | null} */
  #longPressAt({ target, clientX, clientY }) {
    const article = articleAt(target);
    const control = /** @type {Element} */ (target).closest("a, button, pre");
    if (!article || (control && !control.matches(".reaction, .quote, .picture"))) return null;
    if (control?.matches(".reaction")) return () => this.#openReactions(article);
    return () => this.open(article, new DOMRect(clientX, clientY), /** @type {Element} */ (target));
  }

  /** @param {HTMLElement} article */
  #openReactions(article) {
    const target = /** @type {(Target & {message: MessageItem}) | null} */ (this.#targetAt(article));
    if (!target) return;
    useOrTell(extras.reactionsDialog, ({ openReactions }) => ignoreFirstTap(openReactions(target)));
  }

  /**
   * For a moderator when it is known whether the author is muted or removed.
   *
   * @param {HTMLElement} article
   * @param {DOMRect} [place]   what the menu opens next to
   * @param {Element} [pressed]   in the message
   */
  open(article, place = article.getBoundingClientRect(), pressed = article) {
    this.#asked = article;
    const target = this.#targetAt(article);
    const author = target && authorToBar(target);
    const { epoch } = target ?? {};
    const picture = pictureAt(article, pressed);
    if (!author) return this.#show(article, epoch, place, { picture, bars: [] });
    void barsOf(this.#chat, author.id).then((bars) => this.#show(article, epoch, place, { picture, bars }));
  }

  /**
   * @param {HTMLElement} article
   * @param {string | undefined} epoch   when it was pressed
   * @param {DOMRect} place
   * @param {{picture: number, bars: BarAct[]}} more
   */
  #show(article, epoch, place, more) {
    const found = this.#targetAt(article);
    if (!found || this.#asked !== article) return;
    this.#asked = null;
    // Another message may be there by now, with its number or in its place.
    if (found.epoch !== epoch || !article.isConnected) return;
    const target = { ...found, ...more };
    openMenu(actionsFor(target), target, place, article);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} article   that has the focus
   * @returns {boolean} whether it was a key of the menu
   */
  onKey(event, article) {
    const isMenuKey = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
    if (isMenuKey || (event.key === "Enter" && !article.querySelector(INSIDE))) {
      this.open(article);
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const target = this.#targetAt(article);
    const action = target && actionFor(event, target);
    if (action) action.act(target);
    return Boolean(action);
  }
}

/** @type {MessageButtons | undefined} */
let menu;

/**
 * @param {{list: HTMLElement, chat: Chat, field: HTMLTextAreaElement}} page
 * @returns {MessageButtons} the page's only one
 */
export function menuFor(page) {
  menu ??= new MessageButtons(page);
  return menu;
}

/** @param {HTMLElement} fence   a block of code */
async function copyCode(fence) {
  const code = fence.querySelector("code")?.textContent ?? "";
  showToast(t((await copyText(code)) ? "copied-code" : "copy-failed"));
}
