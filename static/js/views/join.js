/**
 * Asks a newcomer for a name; and says why somebody can't come in, with the way to mend it.
 *
 * @import {Chat} from "../chat.js"
 */
import { html, nothing } from "../../vendor/vendor.js";
import { prefs } from "../prefs.js";
import { isolate, number, t } from "../words.js";
import { openDialog } from "./dialog.js";

/** @param {Chat} chat @returns {string} the error's code, or "" for somebody new */
const reason = ({ state: { link, refusal } }) => (link.phase === "removed" ? "removed" : refusal?.code ?? "");

/** @param {string} code @param {Chat} chat */
function explained(code, chat) {
  const words = t(`refused-${code}`, { limit: number(chat.state.limits.name) });
  return words === `refused-${code}` ? t("refused-other") : words;
}

/** @param {Chat} chat */
export async function openJoin(chat) {
  const code = reason(chat);
  const suggestion = chat.state.refusal?.suggestion ?? "";
  const secret = code.startsWith("password_");

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const name = String(data.get("name")).trim();
    if (!name) return;
    dialog.close();
    chat.join(name, String(data.get("password") ?? ""));
  }

  const form = () => html`
    <form class="dialog-body" @submit=${submit}>
      ${code ? html`<p class="dialog-error" id="join-reason">${explained(code, chat)}</p>` : html`<p class="dialog-hint" id="join-reason">${t("join-hint")}</p>`}
      <label class="dialog-field"><span>${t("join-name")}</span>
        <input class="input" name="name" dir="auto" required autofocus autocomplete="nickname" maxlength="200"
          aria-describedby="join-reason" .defaultValue=${suggestion || prefs().name}></label>
      ${suggestion ? html`<p class="dialog-hint">${t("join-suggest", { name: isolate(suggestion) })}</p>` : nothing}
      ${secret ? html`<label class="dialog-field"><span>${t("join-password")}</span>
        <input class="input" name="password" type="password" required autocomplete="current-password"></label>` : nothing}
      <button class="button" type="submit">${t(code === "removed" ? "come-back" : "join-enter")}</button>
    </form>`;

  const nowhere = () => html`
    <div class="dialog-body">
      <p class="dialog-error">${explained(code, chat)}</p>
      <a class="button" href="/">${t("to-main-room")}</a>
    </div>`;

  const dialog = await openDialog({
    name: "join",
    title: () => t("join-title"),
    body: code === "room_invalid" ? nowhere : form,
    closable: false,
    onClose: () => document.getElementById("field")?.focus(),
  });
}
