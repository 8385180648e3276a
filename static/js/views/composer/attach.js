/**
 * How pictures come above the field, where the chat takes some: by a button, and like other files pasted or dropped.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {State} from "../../types.js"
 */
import { html, render } from "../../../vendor/vendor.js";
import { announceText } from "../../alerts/announcer.js";
import { onTouch } from "../../dom/touch.js";
import { t } from "../../i18n/i18n.js";
import { extras, tell, use, useOrTell } from "../../lazy-modules.js";
import { holdOf } from "../../state/rules.js";
import { icon } from "../icon.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";

export const PICTURE =
  "M6 4.5h12A2.5 2.5 0 0 1 20.5 7v10a2.5 2.5 0 0 1-2.5 2.5H6A2.5 2.5 0 0 1 3.5 17V7A2.5 2.5 0 0 1 6 4.5Zm-2.5 12 5-5 7.5 8m-2.5-2.75 3-3 4 4";
const SUN = "M14.25 8.75a1.25 1.25 0 1 0 2.5 0 1.25 1.25 0 1 0-2.5 0";
const UP = "M12 16V4m0 0L7.5 8.5M12 4l4.5 4.5M4 15v3a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-3";

/** While files are dragged over the page, the browser tells of it more often than this (ms). */
const DRAGGED_WITHIN = 500;

/** @param {State} state @returns {string} why no pictures can be attached now; "": they can */
function reasonNot(state) {
  const hold = holdOf(state, performance.now());
  if (!state.limits.pictures) return t("no-files");
  if (hold && hold.code !== "slow") return t(`hold-${hold.code}`);
  return state.subject?.what === "edit" ? t("edit-first") : "";
}

/** @param {File} file @returns {boolean} what has no type may be one */
const mayBePicture = ({ type }) => !type || type.startsWith("image/");

/** @param {State} state   whose draft can't be posted as it is */
export function tellProblem({ attached, limits }) {
  const hasFailed = attached.some(({ code }) => code);
  tell(hasFailed ? t("picture-first") : t("picture-many", { n: limits.pictures ?? 0 }));
}

export class AttachButton {
  #field = /** @type {HTMLTextAreaElement} */ (document.getElementById("field"));
  #button = document.createElement("button");
  #input = document.createElement("input");
  #hint = document.createElement("div");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #hintTimer;
  #chat;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    Object.assign(this.#button, { id: "attach", type: "button", className: "button-icon field-button" });
    Object.assign(this.#input, { type: "file", accept: "image/*", multiple: true, hidden: true });
    Object.assign(this.#hint, { className: "drop-hint", translate: false });
    render(icon(PICTURE, SUN), this.#button);
    this.#field.after(this.#button, this.#input);
    this.#listen();
  }

  #listen() {
    this.#button.addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => {
      this.#take(this.#input.files ?? []);
      this.#input.value = ""; // the same one may be chosen again
    });
    for (const type of /** @type {const} */ (["dragover", "drop", "paste"]))
      document.addEventListener(type, (event) => this.#onFiles(event), { capture: true }); // see `keepFilesOut`
  }

  /** @param {State} state */
  draw({ limits, subject }) {
    const isClosed = this.#field.disabled || this.#field.readOnly;
    drawKeepingFocus(
      this.#button,
      () => {
        this.#button.hidden = isClosed || !limits.pictures;
        this.#button.disabled = subject?.what === "edit"; // the message keeps the pictures that it has
      },
      () => this.#field,
    );
    this.#button.title = t("picture-add");
    this.#button.setAttribute("aria-label", this.#button.title);
  }

  /** @param {DragEvent | ClipboardEvent} event */
  #onFiles(event) {
    const data = "dataTransfer" in event ? event.dataTransfer : event.clipboardData;
    const isText = event.type === "paste" && data?.types.includes("text/plain");
    if (!data?.types.includes("Files") || isText || !this.#chat.state.limits.pictures) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === "dragover") this.#showHint();
    else this.#take(data.files);
  }

  /** @param {Iterable<File>} given */
  #take(given) {
    const files = [...given]; // the browser takes them back
    const { state } = this.#chat;
    const { limits, attached } = state;
    this.#endHint();
    const reason = reasonNot(state);
    if (reason) return tell(reason);
    const pictures = files.filter(mayBePicture);
    const taken = pictures.slice(0, Math.max(0, (limits.pictures ?? 0) - attached.length));
    if (taken.length < pictures.length) tell(t("picture-many", { n: limits.pictures ?? 0 }));
    else if (pictures.length < files.length) tell(t("picture-picture_none"));
    if (!taken.length) return;
    this.#chat.sendTyping(); // also wakes a chat that was stopped
    useOrTell(extras.uploads, ({ uploadsOf }) => uploadsOf(this.#chat).add(taken));
    announceText(t("picture-added", { n: taken.length }));
    // On a phone that would open the keyboard, over what was just attached.
    if (!onTouch.matches) this.#field.focus({ preventScroll: true });
  }

  #showHint() {
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => this.#endHint(), DRAGGED_WITHIN);
    if (this.#hint.isConnected || reasonNot(this.#chat.state)) return;
    render(html`<p>${icon(UP)}${t("picture-drop")}</p>`, this.#hint);
    use(extras.lateStyles, ({ withStyles }) =>
      withStyles("pictures", () => {
        if (this.#hintTimer) document.querySelector(".talk")?.append(this.#hint);
      }),
    );
  }

  #endHint() {
    clearTimeout(this.#hintTimer);
    this.#hintTimer = undefined;
    this.#hint.remove();
  }
}
