/** The language that the person chooses. Its texts are fetched first: where they can't be, the page keeps the one that it has. */
import { tellNotLoaded } from "../lazy-modules.js";
import { choose } from "../storage/prefs.js";
import { LANGS, language, loadLanguage } from "./i18n.js";

/** @typedef {import("./i18n.js").Lang} Lang */

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
