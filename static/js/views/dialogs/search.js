/**
 * The search in the messages of the room. It stays as it was left, so that one can go through what was found.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {MessageItem} from "../../types.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { LONGEST_QUERY, MessageSearch } from "../../conversation/message-search.js";
import { isComposing } from "../../dom/platform-keys.js";
import { onTouch } from "../../dom/touch.js";
import { number, t, tOr } from "../../i18n/i18n.js";
import { openDialog } from "../overlays/dialog.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";
import { withStyles } from "../overlays/late-styles.js";
import { HitViews } from "./search-hit.js";

/** An answer that takes longer than this is waited for with a word (ms). */
const SLOW = 400;
/** More is requested when so little (px) is left to scroll. */
const NEAR = 200;

/** @typedef {(seq: number) => void} GoTo   goes to a message in the list */

class SearchDialog {
  #chat;
  #search;
  #goTo;
  /** The seq of the chosen message; 0: the first one. */
  #chosen = 0;
  /** What the status line says of the last answer, which holds until the next one. */
  #said = "";
  /** @type {string | undefined} what the messages that are shown were found for */
  #shown;
  #isSlow = false;
  #isScheduled = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slowTimer;
  /** @type {ReturnType<typeof openDialog> | undefined} */
  #handle;
  #hits = new HitViews();

  /** @param {Chat} chat @param {GoTo} goTo */
  constructor(chat, goTo) {
    this.#chat = chat;
    this.#goTo = goTo;
    this.#search = new MessageSearch(chat);
  }

  /** @param {string} [text]   to be searched for, instead of what was searched for last */
  open(text = this.#search.query) {
    if (this.#handle?.dialog.open) return; // the keys were pressed twice before the code for it had come
    if (this.#handle) this.#end(this.#handle); // it was closed just now: the browser says so later
    this.#search.want(text);
    const handle = openDialog({
      name: "search",
      kind: "switcher search",
      title: () => t("search-title"),
      body: () => this.#bodyView(),
      onClose: () => this.#end(handle),
    });
    this.#handle = handle;
    this.#search.open(() => this.#drawSoon());
    this.#focus(handle.dialog, text);
    this.#showChosen();
  }

  /** @param {ReturnType<typeof openDialog>} handle */
  #end(handle) {
    if (this.#handle !== handle) return;
    this.#search.close();
    this.#handle = undefined;
  }

  /**
   * What was searched for is selected: what is typed replaces it. A phone's keyboard would cover what was found.
   *
   * @param {HTMLDialogElement} dialog
   * @param {string} text
   */
  #focus(dialog, text) {
    const input = /** @type {HTMLInputElement} */ (dialog.querySelector("input"));
    input.value = text;
    input.addEventListener("focus", () => input.select(), { once: true });
    const isLeft = onTouch.matches && this.#search.isDone(text);
    (isLeft ? this.#results : input)?.focus();
  }

  /** @returns {HTMLElement | null | undefined} */
  get #results() {
    return this.#handle?.dialog.querySelector(".rooms");
  }

  /** Changes come in crowds: they are drawn once per frame. */
  #drawSoon() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.#watchTime();
      this.#draw();
      this.#showFirst();
    });
  }

  /** The button for more goes with the last part. */
  #draw() {
    const { dialog, draw = () => {} } = this.#handle ?? {};
    drawKeepingFocus(dialog, draw, () => (onTouch.matches ? this.#results : dialog?.querySelector("input")));
  }

  /** Says that an answer takes its time, where it does. */
  #watchTime() {
    if (this.#search.isAsking) {
      this.#slowTimer ??= setTimeout(() => {
        this.#isSlow = true;
        this.#draw();
      }, SLOW);
      return;
    }
    clearTimeout(this.#slowTimer);
    this.#slowTimer = undefined;
    this.#isSlow = false;
  }

  /**
   * @param {MessageItem[]} messages
   * @returns {number} of the chosen one among them, or, if that was deleted, of the next older one
   */
  #chosenIn(messages) {
    return Math.max(
      0,
      messages.findIndex(({ seq = 0 }) => seq <= this.#chosen),
    );
  }

  /** What was found for another query is shown from its beginning. */
  #showFirst() {
    const { found } = this.#search;
    if (found?.query === this.#shown) return;
    this.#shown = found?.query;
    this.#results?.scrollTo(0, 0);
  }

  #showChosen() {
    this.#handle?.dialog.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {MessageItem | undefined} message */
  #go(message) {
    if (!message?.seq) return;
    this.#chosen = message.seq;
    this.#handle?.close();
    // From the list, keys go on at the message; a phone's keyboard stays closed.
    document.getElementById("list")?.focus({ preventScroll: true });
    this.#goTo(message.seq);
  }

  /** @param {InputEvent} event */
  #onInput({ target, isComposing: isComposed }) {
    // The keyboards of phones compose every word.
    if (!isComposed || onTouch.matches) this.#want(/** @type {HTMLInputElement} */ (target).value);
  }

  /** @param {string} text   in the field */
  #want(text) {
    this.#chosen = 0;
    this.#search.want(text);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (isComposing(event)) return;
    const { messages, found } = this.#search;
    const at = this.#chosenIn(messages);
    const isLast = at === messages.length - 1;
    if (event.key === "Escape")
      this.#handle?.close(); // the browser's first one would empty the field
    else if (event.key === "Enter") this.#onEnter(/** @type {HTMLInputElement} */ (event.target));
    else if (event.key === "ArrowDown" && isLast && found?.more) this.#search.more();
    else if (event.key === "ArrowDown") this.#choose(messages[isLast ? 0 : at + 1]);
    else if (event.key === "ArrowUp") this.#choose(messages.at(at - 1));
    else return;
    event.preventDefault();
    this.#showChosen();
  }

  /**
   * What isn't searched for yet is; otherwise this leads to the chosen message. On a touch screen, where a message is
   * chosen by a tap, it closes the keyboard.
   *
   * @param {HTMLInputElement} field
   */
  #onEnter(field) {
    const text = field.value;
    const { messages } = this.#search;
    if (!this.#search.isDone(text)) this.#search.askNow(text);
    else if (this.#chosen || !onTouch.matches) this.#go(messages[this.#chosenIn(messages)]);
    if (!onTouch.matches) return;
    field.blur(); // where there are no results yet
    this.#results?.focus();
  }

  /** @param {MessageItem | undefined} message */
  #choose(message) {
    this.#chosen = message?.seq ?? 0;
    this.#draw();
  }

  /** @param {Event} event */
  #onScroll({ target }) {
    const { scrollHeight, scrollTop, clientHeight } = /** @type {HTMLElement} */ (target);
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR;
    if (isNear && !this.#search.problem) this.#search.more();
  }

  /** @param {number} n   how many messages are shown @returns {string} */
  #statusText(n) {
    const { query, found, problem, isAsking } = this.#search;
    if (!query) return t("search-hint");
    if (problem) return tOr(`search-${problem}`, "search-failed");
    if (isAsking && this.#isSlow) return t("search-asking");
    if (isAsking || found?.query !== query) return this.#said;
    if (!n) return t("search-none");
    return t(found.more ? "search-many" : "search-found", { n, count: number(n) });
  }

  #bodyView() {
    const { messages, found, query } = this.#search;
    const at = this.#chosenIn(messages);
    this.#said = this.#statusText(messages.length);
    const { seq } = messages[at] ?? {};
    return html`
      <div class="dialog-body switcher-body">
        <input class="input" type="search" dir="auto" autocomplete="off" spellcheck="false" enterkeyhint="search" maxlength=${LONGEST_QUERY} role="combobox" aria-expanded=${messages.length > 0} aria-autocomplete="list"
          aria-controls="found" aria-activedescendant=${seq ? `found-${seq}` : nothing} aria-label=${t("search-title")} placeholder=${t("search-placeholder")}
          @input=${(/** @type {InputEvent} */ event) => this.#onInput(event)} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#onKey(event)}
          @compositionend=${(/** @type {{target: HTMLInputElement}} */ { target }) => this.#want(target.value)}>
        <p class="dialog-hint search-status" role="status">${this.#said}</p>
        <div class="rooms" tabindex="-1" ?hidden=${!messages.length && !found?.more} @scroll=${(/** @type {Event} */ event) => this.#onScroll(event)}>
          <ul class="found" id="found" role="listbox" aria-label=${t("search-results")}>${messages.map((each, i) => this.#hitView(each, i === at))}</ul>
          ${found?.more && found.query === query ? html`<p class="people-more"><button class="button-text" type="button" @click=${() => this.#search.more()}>${t("people-more")}</button></p>` : nothing}
        </div>
      </div>`;
  }

  /** @param {MessageItem} message @param {boolean} isChosen */
  #hitView(message, isChosen) {
    const { id } = message.from;
    const isOwn = id !== undefined && id === this.#chat.state.me?.id;
    return this.#hits.view(message, this.#search.found, { isOwn, isChosen, go: () => this.#go(message) });
  }
}

/** That of the page's chat. @type {SearchDialog | undefined} */
let dialog;

/** @param {Chat} chat @param {GoTo} goTo @param {string} [text]   to be searched for */
export function openSearch(chat, goTo, text) {
  const opened = dialog ?? new SearchDialog(chat, goTo);
  dialog = opened;
  return withStyles("search", () => opened.open(text));
}
