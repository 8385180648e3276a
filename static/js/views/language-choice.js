/**
 * The language that the person chooses. Its texts are fetched first: where they can't be, the page keeps the
 * one that it has.
 */
import { html } from "../../vendor/vendor.js";
import { LANGS, LANGUAGES, language, loadLanguage } from "../i18n/i18n.js";
import { tellNotLoaded } from "../lazy-modules.js";
import { choose } from "../storage/prefs.js";

/** @typedef {import("../i18n/i18n.js").Lang} Lang */

/** @param {Lang} [of] @returns {Lang} the other one */
export const otherLanguage = (of = language()) => LANGS.find((each) => each !== of) ?? of;

/** @param {Lang} lang */
export async function chooseLanguage(lang) {
  try {
    if (await loadLanguage(lang)) choose({ lang });
  } catch {
    tellNotLoaded();
  }
}

/** @param {string} place   a class for where it stands: in what is over the page, before somebody is in */
export function languageButton(place) {
  const other = otherLanguage();
  return html`<button class=${`button-text ${place}`} type="button" lang=${other} @click=${() => chooseLanguage(other)}>${LANGUAGES[other]}</button>`;
}
