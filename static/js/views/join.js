/**
 * Asks a newcomer for a name; and says why somebody can't come in, with the way to mend it.
 *
 * @import {Chat} from "../chat.js"
 */
import { html, nothing, render } from "../../vendor/vendor.js";
import { isolate, number, onLanguage, t } from "../i18n.js";
import { prefs } from "../prefs.js";

/** @param {Chat} chat @returns {string} the error's code, or "" for somebody new */
function reason({ state: { connection, refusal } }) {
  if (connection.phase === "expired") return "token_invalid";
  return connection.phase === "removed" ? "removed" : (refusal?.code ?? "");
}

/** @param {string} code @param {Chat} chat */
function explained(code, chat) {
  const words = t(`refused-${code}`, { limit: number(chat.state.limits.name) });
  return words === `refused-${code}` ? t("refused-other") : words;
}

/** Ends what the last call began: an answer may be refused while the dialog is open. */
let leave = new AbortController();

/** @param {Chat} chat   the dialog can't be closed otherwise than by answering, or by coming in another way */
export function openJoin(chat) {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("join"));
  const code = reason(chat);
  const suggestion = chat.state.refusal?.suggestion ?? "";
  const secret = code.startsWith("password_");

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const name = String(data.get("name")).trim();
    if (!name) return;
    close();
    chat.join(name, String(data.get("password") ?? ""));
    document.getElementById("field")?.focus();
  }

  function close() {
    leave.abort();
    dialog.close();
  }

  const form = () => html`
    <form class="dialog-body" @submit=${submit}>
      <p class=${code && code !== "password_required" ? "dialog-error" : "dialog-hint"} id="join-reason">${code ? explained(code, chat) : t("join-hint")}</p>
      <label class="dialog-field"><span>${t("join-name")}</span>
        <input class="input" name="name" dir="auto" required ?autofocus=${!secret} autocomplete="nickname" maxlength="200"
          aria-describedby="join-reason" .value=${suggestion || prefs().name}></label>
      ${suggestion ? html`<p class="dialog-hint">${t("join-suggest", { name: isolate(suggestion) })}</p>` : nothing}
      ${
        secret
          ? html`<label class="dialog-field"><span>${t("join-password")}</span>
        <input class="input" name="password" type="password" required autofocus autocomplete="current-password"></label>`
          : nothing
      }
      <button class="button" type="submit">${t(code === "removed" ? "come-back" : "join-enter")}</button>
    </form>`;

  const nowhere = () => html`
    <div class="dialog-body">
      <p class="dialog-error">${explained(code, chat)}</p>
      <a class="button" href="/">${t("to-main-room")}</a>
    </div>`;

  const draw = () =>
    render(
      html`
    <div class="dialog-head"><h2 class="dialog-title" id="join-title">${t("join-title")}</h2></div>
    ${code === "room_invalid" ? nowhere() : form()}`,
      dialog,
    );

  signal.addEventListener("abort", onLanguage(draw));
  signal.addEventListener(
    "abort",
    chat.listen((_state, _before, { type }) => {
      if (type === "welcome") close();
    }),
  );
  dialog.addEventListener("cancel", (event) => event.preventDefault(), { signal });
  dialog.addEventListener("close", () => dialog.showModal(), { signal });
  draw();
  if (!dialog.open) dialog.showModal();
}
