/**
 * Asks a newcomer for a name, and shows why the server refused to let the person in.
 *
 * @import {Chat} from "../chat.js"
 */
import { html, nothing, render } from "../../vendor/vendor.js";
import { isolate, onLanguage, refusalText, t } from "../i18n.js";
import { prefs } from "../prefs.js";

/** @param {Chat} chat @returns {string} the error's code, or "" for a newcomer */
function reason({ state: { connection, refusal } }) {
  if (connection.phase === "expired") return "token_invalid";
  return connection.phase === "removed" ? "removed" : (refusal?.code ?? "");
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

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#code = reason(chat);
    this.#suggestion = chat.state.refusal?.suggestion ?? "";
    this.#asksPassword = this.#code.startsWith("password_");
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
    if (!this.#dialog.open) this.#dialog.showModal();
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
    this.#close();
    this.#chat.join(name, String(data.get("password") ?? ""));
    document.getElementById("field")?.focus();
  }

  #draw() {
    render(
      html`
    <div class="dialog-head"><h2 class="dialog-title" id="join-title">${t("join-title")}</h2></div>
    ${this.#code === "room_invalid" ? this.#wayOutView() : this.#formView()}`,
      this.#dialog,
    );
  }

  #wayOutView() {
    return html`
    <div class="dialog-body">
      <p class="dialog-error">${refusalText(this.#code, this.#chat.state.limits.name)}</p>
      <a class="button" href="/">${t("to-main-room")}</a>
    </div>`;
  }

  #formView() {
    const isError = this.#code && this.#code !== "password_required";
    const hint = this.#code ? refusalText(this.#code, this.#chat.state.limits.name) : t("join-hint");
    const suggestion = this.#suggestion;
    return html`
    <form class="dialog-body" @submit=${(/** @type {SubmitEvent} */ event) => this.#onSubmit(event)}>
      <p class=${isError ? "dialog-error" : "dialog-hint"} id="join-reason">${hint}</p>
      <label class="dialog-field"><span>${t("join-name")}</span>
        <input class="input" name="name" dir="auto" required ?autofocus=${!this.#asksPassword} autocomplete="nickname" maxlength="200"
          aria-describedby="join-reason" .value=${suggestion || prefs().name}></label>
      ${suggestion ? html`<p class="dialog-hint">${t("join-suggest", { name: isolate(suggestion) })}</p>` : nothing}
      ${this.#asksPassword ? passwordView() : nothing}
      <button class="button" type="submit">${t(this.#code === "removed" ? "come-back" : "join-enter")}</button>
    </form>`;
  }
}

const passwordView = () => html`
  <label class="dialog-field"><span>${t("join-password")}</span>
    <input class="input" name="password" type="password" required autofocus autocomplete="current-password"></label>`;

/** @type {JoinDialog | undefined} */
let current;

/** @param {Chat} chat   may be refused again while the dialog is open: a new dialog replaces it */
export function openJoin(chat) {
  current?.release();
  current = new JoinDialog(chat);
  current.open();
}
