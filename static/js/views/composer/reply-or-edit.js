/**
 * Above the field: the message that is answered or edited there, and the way out of it.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {MessageItem, State, Subject} from "../../types.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { isolate, t } from "../../i18n/i18n.js";
import { messageAt } from "../../state/changes.js";
import { ARROW, CROSS, icon } from "../icon.js";
import { excerpt } from "../list/message-parts.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";
import { hues } from "../people/person-colours.js";

const PEN = "m4 20 1-4L16 5l3 3L8 19l-4 1Z";

export class ReplyOrEdit {
  #root = document.createElement("div");
  #field = /** @type {HTMLTextAreaElement} */ (document.getElementById("field"));
  #chat;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#root.id = "compose-strip";
    this.#root.translate = false;
    // The pictures of the draft are next to the field.
    (document.getElementById("pictures") ?? document.getElementById("composer"))?.before(this.#root);
  }

  /** @param {State} state */
  draw(state) {
    const { subject } = state;
    if (!subject && !this.#root.firstElementChild) return;
    drawKeepingFocus(
      this.#root,
      () => render(subject ? this.#view(subject, messageAt(state, subject.seq)) : nothing, this.#root),
      () => this.#field,
    );
    if (subject) this.#field.setAttribute("aria-describedby", "compose-what");
    else this.#field.removeAttribute("aria-describedby");
  }

  /** @param {Subject} subject @param {MessageItem | null | undefined} item */
  #view({ what, from }, item) {
    const title = what === "edit" ? t("editing") : t("replying", { name: isolate(from.name) });
    // While it is edited, the field shows what becomes of it.
    const message = item?.base ?? item ?? {};
    return html`
      <div class="compose-strip" data-hue=${what === "edit" ? nothing : hues.of(from.name)}>
        ${icon(what === "edit" ? PEN : ARROW)}
        <div class="compose-what" id="compose-what"><span class="compose-title">${title}</span><span class="visually-hidden">: </span><span class="compose-text" dir="auto">${excerpt(message)}</span></div>
        <button class="button-icon" type="button" aria-label=${t("compose-leave")} title=${t("compose-leave")} @click=${() => this.#leave()}>
          ${icon(CROSS)}</button>
      </div>`;
  }

  #leave() {
    this.#chat.dispatch({ type: "subject-set", subject: null });
    this.#field.focus();
  }
}
