/**
 * Above the field: the pictures of the draft. Each can be removed; one that couldn't be uploaded says why. While a
 * message is edited they wait, like the draft.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Attachment, State} from "../../types.js"
 */
import { html, nothing, render, repeat } from "../../../vendor/vendor.js";
import { announceText } from "../../alerts/announcer.js";
import { uploadsOf } from "../../conversation/uploads.js";
import { t, tOr } from "../../i18n/i18n.js";
import { amended, detached } from "../../state/attachment-changes.js";
import { HOLDS } from "../../state/rules.js";
import { CROSS, icon } from "../icon.js";
import { sourceOf } from "../list/message-pictures.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";
import { withStyles } from "../overlays/late-styles.js";
import { PICTURE } from "./attach.js";

/** What is wrong with the picture itself stays so. */
const LASTING = new Set(["too_large", "picture_invalid", "picture_none", "lost"]);

/** @param {string} code */
const reasonOf = (code) => tOr(`picture-${HOLDS.has(code) ? "not_allowed" : code}`, "picture-failed");

export class PictureStrip {
  #root = document.createElement("div");
  #field = /** @type {HTMLElement} */ (document.getElementById("field"));
  #chat;
  #isStyled = false;
  /** Keys of those that have failed, of which the person has been told. @type {Set<string>} */
  #told = new Set();

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#root.id = "pictures";
    this.#root.translate = false;
    document.getElementById("composer")?.before(this.#root);
    uploadsOf(chat);
    void withStyles("pictures", () => {
      this.#isStyled = true;
      this.draw(chat.state);
    });
  }

  /** @param {State} state */
  draw({ attached, subject, room }) {
    const shown = subject?.what === "edit" ? [] : attached;
    if (!this.#isStyled || !(shown.length || this.#root.firstElementChild)) return;
    const views = () =>
      repeat(
        shown,
        ({ key }) => key,
        (each, i) => this.#view(each, room, t("picture-remove", { at: i + 1, n: shown.length })),
      );
    const list = () =>
      html`<ul class="compose-strip attached" aria-label=${t("pictures", { n: shown.length })}>${views()}</ul>`;
    drawKeepingFocus(
      this.#root,
      () => render(shown.length ? list() : nothing, this.#root),
      () => this.#root.querySelector("button") ?? this.#field,
    );
    this.#tell(attached);
  }

  /** @param {Attachment} attachment @param {string} room @param {string} remove   what its button says */
  #view(attachment, room, remove) {
    const { key, receipt, code } = attachment;
    const source = sourceOf(attachment, room);
    const picture = source ? html`<img src=${source} alt="" decoding="sync">` : icon(PICTURE);
    const isOver = Boolean(receipt || code);
    const bar = isOver ? nothing : html`<span class="attachment-bar"></span>`;
    return html`<li class="attachment" ?data-failed=${Boolean(code)}>
      <span class="attachment-picture" data-upload=${key} ?data-waits=${!isOver}>${picture}${bar}</span>
      ${code ? this.#reasonView(key, code) : nothing}
      ${isOver ? nothing : html`<span class="visually-hidden">${t("picture-uploading")}</span>`}
      <button class="attachment-remove" type="button" aria-label=${remove} title=${remove} @click=${() => this.#remove(key)}>${icon(CROSS)}</button></li>`;
  }

  /** @param {string} key @param {string} code */
  #reasonView(key, code) {
    const retry = () => this.#chat.dispatch(amended(this.#chat.state, key, { code: undefined }));
    const again = html`<button class="button-text" type="button" @click=${retry}>${t("again")}</button>`;
    return html`<span class="attachment-why"><span>${reasonOf(code)}</span>${LASTING.has(code) ? nothing : again}</span>`;
  }

  /** @param {string} key */
  #remove(key) {
    this.#chat.dispatch(detached(this.#chat.state, key));
  }

  /** @param {Attachment[]} attached */
  #tell(attached) {
    const failed = attached.filter(({ code }) => code);
    for (const { key, code = "" } of failed) if (!this.#told.has(key)) announceText(reasonOf(code));
    this.#told = new Set(failed.map(({ key }) => key));
  }
}
