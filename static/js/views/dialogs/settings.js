/**
 * Settings: each takes effect at once, and is kept in this browser.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Prefs} from "../../storage/prefs.js"
 */
import { html } from "../../../vendor/vendor.js";
import { allowNotices, noticesHere } from "../../alerts/notifications.js";
import { beep } from "../../alerts/sound.js";
import { NOT_BLANK } from "../../dom/validity.js";
import { isolate, LANGUAGES, language, refusalText, t } from "../../i18n/i18n.js";
import { embedToken } from "../../storage/credentials.js";
import { choose, prefs } from "../../storage/prefs.js";
import { chooseLanguage } from "../language-choice.js";
import { checkView, openDialog } from "../overlays/dialog.js";
import { openShortcuts } from "./shortcuts.js";

/**
 * @param {string} label
 * @param {keyof Prefs} key
 * @param {string} value   the current one
 * @param {[string, string][]} options   value and text
 * @param {(select: HTMLSelectElement) => unknown} [act]
 */
const selectView = (label, key, value, options, act = ({ value }) => choose({ [key]: value })) => html`
  <label class="setting"><span>${label}</span>
    <select class="input" name=${key} @change=${(/** @type {Event} */ { target }) => act(/** @type {HTMLSelectElement} */ (target))}>
      ${options.map(([each, text]) => html`<option value=${each} .selected=${each === value}>${text}</option>`)}
    </select></label>`;

/**
 * @param {string} label
 * @param {"sound" | "desktop"} key
 * @param {(wanted: boolean, box: HTMLInputElement) => void} onChange
 * @param {string} [obstacle]   why this browser can't do it
 */
const prefView = (label, key, onChange, obstacle = "") =>
  checkView({
    name: key,
    label,
    isOn: prefs()[key] && !obstacle,
    onChange,
    hint: obstacle,
    isDisabled: Boolean(obstacle),
  });

/** @returns {string} why this browser can't show desktop notices, or "" */
function obstacle() {
  const here = noticesHere();
  return here === "ready" || here === "ask" ? "" : t(`set-desktop-${here}`);
}

/** @param {string} prefix @param {string[]} values @returns {[string, string][]} each value and its text */
const withTexts = (prefix, values) => values.map((value) => [value, t(`${prefix}-${value}`)]);

/** @param {HTMLSelectElement} select */
async function selectLanguage(select) {
  await chooseLanguage(/** @type {import("../../i18n/i18n.js").Lang} */ (select.value));
  select.value = language(); // what couldn't be loaded isn't chosen
}

/** @param {boolean} wanted */
function chooseSound(wanted) {
  choose({ sound: wanted });
  if (wanted) beep();
}

class SettingsDialog {
  #chat;
  /** What came of renaming, in the language of the draw. */
  #outcome = () => "";
  #failed = false;
  /** The name in the field is another than the person has. */
  #isNew = false;
  #redraw = () => {};

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  open() {
    const { draw } = openDialog({
      name: "settings",
      title: () => t("settings"),
      body: () => this.#bodyView(),
    });
    this.#redraw = draw;
  }

  /** @param {string} name   that is being written */
  #onName(name) {
    const { me } = this.#chat.state;
    this.#outcome = () => ""; // it is about another name
    this.#isNew = Boolean(name) && name !== (me?.name ?? prefs().name);
    this.#redraw();
  }

  /** @param {SubmitEvent} event */
  async #onRename(event) {
    event.preventDefault();
    const field = /** @type {HTMLFormElement} */ (event.target).querySelector("input");
    const name = field?.value.trim();
    if (!field || !name) return;
    try {
      const isDone = await this.#chat.rename(name);
      this.#outcome = () => t(isDone ? "set-renamed" : "set-renamed-later", { name: isolate(name) });
      this.#failed = false;
      this.#isNew = ![name, ""].includes(field.value.trim()); // another may have been written meanwhile
    } catch (error) {
      const refusal = /** @type {{code: string, suggestion?: string}} */ (error);
      const isVouched = refusal.code === "name_invalid" && embedToken();
      const told = isVouched ? { code: "name_vouched" } : refusal;
      this.#outcome = () => refusalText(told, { limit: this.#chat.state.limits.name, name });
      this.#failed = true;
      if (refusal.suggestion && field.value.trim() === name) field.value = refusal.suggestion;
    }
    this.#redraw();
  }

  /** @param {boolean} wanted @param {HTMLInputElement} box */
  async #onDesktop(wanted, box) {
    const allowed = wanted && (await allowNotices());
    choose({ desktop: allowed });
    box.checked = allowed; // the browser has checked it already
    this.#redraw();
  }

  #bodyView() {
    const { theme, textSize, presence } = prefs();
    return html`
      <div class="dialog-body">
        ${this.#nameView()}
        ${selectView(t("set-language"), "lang", language(), Object.entries(LANGUAGES), selectLanguage)}
        ${selectView(t("set-theme"), "theme", theme, withTexts("set-theme", ["auto", "light", "dark"]))}
        ${selectView(t("set-text"), "textSize", textSize, withTexts("set-text", ["small", "normal", "large", "huge"]))}
        ${selectView(t("set-presence"), "presence", presence, withTexts("set-presence", ["show", "condense", "hide"]))}
        ${prefView(t("set-sound"), "sound", chooseSound)}
        ${prefView(t("set-desktop"), "desktop", (wanted, box) => this.#onDesktop(wanted, box), obstacle())}
        <p><button class="button-text" type="button" @click=${openShortcuts}>${t("keys-title")}</button></p>
      </div>`;
  }

  #nameView() {
    const name = this.#chat.state.me?.name ?? prefs().name;
    return html`
      <form class="dialog-field" @submit=${(/** @type {SubmitEvent} */ event) => this.#onRename(event)}>
        <label for="set-name"><span>${t("set-name")}</span></label>
        <div class="dialog-row">
          <input class="input" id="set-name" name="name" dir="auto" required pattern=${NOT_BLANK} maxlength="384" autocomplete="nickname" .defaultValue=${name}
            @input=${(/** @type {{target: HTMLInputElement}} */ { target }) => this.#onName(target.value.trim())}>
          <button class="button" type="submit" ?hidden=${!this.#isNew}>${t("set-rename")}</button>
        </div>
        <p class=${this.#failed ? "dialog-error" : "dialog-hint"} role="status">${this.#outcome()}</p>
      </form>`;
  }
}

/** @param {Chat} chat */
export const openSettings = (chat) => new SettingsDialog(chat).open();
