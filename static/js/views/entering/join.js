/**
 * Asks a newcomer for a name, and shows why the server refused to let the person in.
 *
 * @import {Chat} from "../../conversation/chat.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { BASE, MAIN_ROOM } from "../../base-path.js";
import { NOT_BLANK } from "../../dom/validity.js";
import { isolate, onLanguage, refusalText, t } from "../../i18n/i18n.js";
import { hasLink } from "../../storage/credentials.js";
import { prefs } from "../../storage/prefs.js";
import { isRoomName } from "../../text/room-names.js";
import { languageButton } from "../language-choice.js";

/** How often (ms) is looked whether the server compares passwords again. */
const TICK = 250;

/** @param {Chat} chat @returns {string} the error's code, or "" for a newcomer to a room that can be */
function reason({ state: { connection, refusal, room } }) {
  if (connection.phase === "expired") return "token_invalid";
  return refusal?.code ?? (isRoomName(room) ? "" : "room_invalid");
}

/** @param {string} code @returns {boolean} whether only another room helps */
const isRoomRefused = (code) => code.startsWith("room_");

/**
 * @param {string} code
 * @returns {boolean} whether the dialog has a field for the password: newcomers are asked at once, since the
 *   server says in the page that it wants one
 */
const isPasswordAsked = (code) =>
  code ? code.startsWith("password_") : document.documentElement.dataset.password !== undefined;

/** @param {string} code @returns {string} the id of the dialog's title: each case has its own */
function titleId(code) {
  if (code.startsWith("password_")) return "join-title-password";
  if (isRoomRefused(code)) return "join-title-room";
  if (code === "token_invalid") return "status-expired";
  return code === "name_taken" || code === "name_invalid" ? "join-title-name" : "join-title";
}

/**
 * The dialog for one refusal, or for a newcomer. It is closed by an answer only, or when the person gets in.
 */
class JoinDialog {
  #dialog = /** @type {HTMLDialogElement} */ (document.getElementById("join"));
  #end = new AbortController();
  #chat;
  #code;
  #suggestion;
  #asksPassword;
  /** The password is the room's, and not the chat's. */
  #asksRoomPassword;
  /** After a wrong password the server refuses also the right one until then (`performance.now()`). */
  #until = 0;
  /** It was sent before: it is sent again when the time is over. */
  #isEarly = false;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#code = reason(chat);
    this.#suggestion = chat.state.refusal?.suggestion ?? "";
    this.#asksPassword = isPasswordAsked(this.#code);
    this.#asksRoomPassword = chat.state.refusal?.scope === "room";
    const until = chat.state.refusal?.until ?? Infinity;
    if (this.#code === "password_wrong" && until !== Infinity) this.#until = until;
  }

  open() {
    const { signal } = this.#end;
    signal.addEventListener(
      "abort",
      onLanguage(() => this.#draw()),
    );
    signal.addEventListener(
      "abort",
      this.#chat.listen((_state, _before, { type }) => {
        if (type === "welcome") this.#close();
      }),
    );
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault(), { signal });
    this.#dialog.addEventListener("close", () => this.#dialog.showModal(), { signal });
    this.#draw();
    if (!this.#dialog.open) this.#show();
    if (this.#until) this.#countDown();
  }

  /** The element is the page's: what was refused still stands in its field. */
  #show() {
    const name = /** @type {HTMLInputElement | null} */ (this.#dialog.querySelector("[name=name]"));
    if (name) name.value = name.defaultValue;
    this.#dialog.showModal();
  }

  /** @returns {number} s, for which the server compares no passwords */
  #secondsLeft() {
    return Math.max(0, Math.ceil((this.#until - performance.now()) / 1000));
  }

  #countDown() {
    const ticking = setInterval(() => {
      this.#draw();
      if (this.#secondsLeft()) return;
      clearInterval(ticking);
      if (this.#isEarly) this.#dialog.querySelector("form")?.requestSubmit();
    }, TICK);
    this.#end.signal.addEventListener("abort", () => clearInterval(ticking));
  }

  /** Leaves the dialog's element, which is part of the page, to the next dialog. */
  release() {
    this.#end.abort();
  }

  #close() {
    this.release();
    this.#dialog.close();
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const name = String(data.get("name")).trim();
    if (!name) return;
    this.#isEarly = this.#secondsLeft() > 0;
    if (this.#isEarly) return this.#draw();
    this.#close();
    this.#chat.join(name, String(data.get("password") ?? ""));
  }

  /** What is being corrected isn't sent by itself. */
  #onInput() {
    this.#isEarly = false;
    this.#draw();
  }

  #draw() {
    render(
      html`
    <div class="dialog-head">
      <h2 class="dialog-title" id="join-title">${t(titleId(this.#code))}</h2>
      ${languageButton("join-language")}
    </div>
    ${isRoomRefused(this.#code) ? this.#wayOutView() : this.#formView()}`,
      this.#dialog,
    );
  }

  #refusalText() {
    const { limits, refusal, room } = this.#chat.state;
    const seconds = this.#secondsLeft();
    if (seconds) return t(this.#isEarly ? "join-early" : "refused-password_wrong-in", { seconds });
    // A link that is valid needs no password of the room.
    if (this.#code === "password_required" && this.#asksRoomPassword && hasLink(room))
      return t("refused-link");
    return refusalText(
      { code: this.#code, suggestion: refusal?.suggestion },
      { limit: limits.name, name: prefs().name },
    );
  }

  #wayOutView() {
    return html`
    <div class="dialog-body">
      <p class="dialog-error">${this.#refusalText()}</p>
      <a class="button" autofocus href=${`${BASE}/`}>${t("to-main-room")}</a>
    </div>`;
  }

  #formView() {
    const suggestion = this.#suggestion;
    const isReserved = this.#code === "name_taken" && !suggestion;
    const isError =
      (isReserved || ["password_wrong", "name_invalid", "token_invalid", "no_answer"].includes(this.#code)) &&
      !this.#isEarly;
    const hint = this.#code ? this.#refusalText() : t("join-hint");
    const isNameFirst = !(this.#asksPassword && prefs().name);
    const { room } = this.#chat.state;
    return html`
    <form class="dialog-body" @submit=${(/** @type {SubmitEvent} */ event) => this.#onSubmit(event)} @input=${() => this.#onInput()}>
      ${room === MAIN_ROOM ? nothing : html`<p class="dialog-hint">${t("join-room", { room: isolate(room) })}</p>`}
      <p class=${isError ? "dialog-error" : "dialog-hint"} id="join-reason">${hint}</p>
      <label class="dialog-field"><span>${t("join-name")}</span>
        <input class="input" name="name" dir="auto" required pattern=${NOT_BLANK} ?autofocus=${isNameFirst} autocomplete="nickname" maxlength="384"
          aria-describedby="join-reason" .defaultValue=${suggestion || prefs().name}></label>
      ${this.#asksPassword ? passwordView(!isNameFirst, this.#asksRoomPassword) : nothing}
      <button class="button" type="submit">${t("join-enter")}</button>
      <p class="visually-hidden" role="status">${this.#isEarly ? t("join-early-said") : nothing}</p>
    </form>`;
  }
}

/** @param {boolean} isFirst   it has the focus @param {boolean} isRooms   and not the chat's */
const passwordView = (isFirst, isRooms) => html`
  <label class="dialog-field"><span>${t(isRooms ? "join-password-room" : "join-password")}</span>
    <input class="input" name="password" type="password" required ?autofocus=${isFirst} autocomplete="current-password"
      aria-describedby="join-reason"></label>`;

/** @type {JoinDialog | undefined} */
let current;

/** @param {Chat} chat   may be refused again while the dialog is open: a new dialog replaces it */
export function openJoin(chat) {
  current?.release();
  current = new JoinDialog(chat);
  current.open();
}
