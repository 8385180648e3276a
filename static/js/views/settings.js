/**
 * Settings: each does what it says at once, and is kept in this browser.
 *
 * @import {Chat} from "../chat.js"
 * @import {Prefs} from "../prefs.js"
 */
import { html, nothing } from "../../vendor/vendor.js";
import { isolate, language, number, t } from "../i18n.js";
import { beep, noticesHere } from "../notifications.js";
import { choose, prefs } from "../prefs.js";
import { openDialog } from "./dialog.js";
import { openShortcuts } from "./shortcuts.js";

/** Each language by its own name. */
const LANGUAGES = { ru: "Русский", en: "English" };

/**
 * @param {string} label
 * @param {keyof Prefs} key
 * @param {string} value   what is chosen now
 * @param {[string, string][]} options   value and words
 */
const select = (label, key, value, options) => html`
  <label class="setting"><span>${label}</span>
    <select class="input" name=${key} @change=${(/** @type {Event} */ { target }) => choose({ [key]: /** @type {HTMLSelectElement} */ (target).value })}>
      ${options.map(([each, words]) => html`<option value=${each} ?selected=${each === value}>${words}</option>`)}
    </select></label>`;

/**
 * @param {string} label
 * @param {"sound" | "desktop"} key
 * @param {(wanted: boolean, box: HTMLInputElement) => void} onChange
 * @param {string} [obstacle]   why it can't be had here
 */
const check = (label, key, onChange, obstacle = "") => html`
  <div class="setting setting-check">
    <label><input type="checkbox" name=${key} .checked=${prefs()[key] && !obstacle} ?disabled=${Boolean(obstacle)}
      aria-describedby=${obstacle ? `why-${key}` : nothing}
      @change=${(/** @type {{target: HTMLInputElement}} */ { target }) => onChange(target.checked, target)}><span>${label}</span></label>
    ${obstacle ? html`<p class="dialog-hint" id=${`why-${key}`}>${obstacle}</p>` : nothing}
  </div>`;

/** @returns {string} why desktop notices can't be had here, or "" */
function obstacle() {
  const here = noticesHere();
  return here === "ready" || here === "ask" ? "" : t(`set-desktop-${here}`);
}

/** @param {Chat} chat */
export async function openSettings(chat) {
  let outcome = "";
  let failed = false;

  /** @param {SubmitEvent} event */
  async function rename(event) {
    event.preventDefault();
    const name = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("name")).trim();
    if (!name) return;
    try {
      await chat.rename(name);
      [outcome, failed] = [t("set-renamed", { name: isolate(name) }), false];
    } catch (error) {
      const words = t(`refused-${/** @type {any} */ (error).code}`, {
        limit: number(chat.state.limits.name),
      });
      [outcome, failed] = [words.startsWith("refused-") ? t("refused-other") : words, true];
    }
    handle.draw();
  }

  /** @param {boolean} wanted @param {HTMLInputElement} box */
  async function onDesktop(wanted, box) {
    const allowed =
      wanted && (noticesHere() === "ready" || (await Notification.requestPermission()) === "granted");
    choose({ desktop: allowed });
    box.checked = allowed; // the browser has ticked it already
    handle.draw();
  }

  /** @param {boolean} wanted */
  function onSound(wanted) {
    choose({ sound: wanted });
    if (wanted) beep();
  }

  const worded = (/** @type {string} */ prefix, /** @type {string[]} */ values) =>
    values.map((value) => /** @type {[string, string]} */ ([value, t(`${prefix}-${value}`)]));

  const handle = await openDialog({
    name: "settings",
    title: () => t("settings"),
    body: () => html`
      <div class="dialog-body">
        <form class="dialog-field" @submit=${rename}>
          <label for="set-name"><span>${t("set-name")}</span></label>
          <div class="dialog-row">
            <input class="input" id="set-name" name="name" dir="auto" required maxlength="200" autocomplete="nickname"
              .defaultValue=${chat.state.me?.name ?? prefs().name}>
            <button class="button" type="submit">${t("set-rename")}</button>
          </div>
          <p class=${failed ? "dialog-error" : "dialog-hint"} role="status">${outcome}</p>
        </form>
        ${select(t("set-language"), "lang", language(), Object.entries(LANGUAGES))}
        ${select(t("set-theme"), "theme", prefs().theme, worded("set-theme", ["auto", "light", "dark"]))}
        ${select(t("set-text"), "textSize", prefs().textSize, worded("set-text", ["small", "normal", "large", "huge"]))}
        ${select(t("set-presence"), "presence", prefs().presence, worded("set-presence", ["show", "condense", "hide"]))}
        ${check(t("set-sound"), "sound", onSound)}
        ${check(t("set-desktop"), "desktop", onDesktop, obstacle())}
        <p><button class="button-text" type="button" @click=${openShortcuts}>${t("set-keys")}</button></p>
      </div>`,
  });
}
