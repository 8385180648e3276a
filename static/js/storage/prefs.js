/**
 * The person's settings.
 *
 * @typedef {object} Prefs
 * @property {string} name   "": not asked yet
 * @property {"" | "ru" | "en"} lang   "": the server's default
 * @property {"auto" | "light" | "dark"} theme
 * @property {"small" | "normal" | "large" | "huge"} textSize
 * @property {boolean} sound
 * @property {boolean} desktop   desktop notices
 * @property {"show" | "condense" | "hide"} presence   lines about people who join and leave
 */

import { loadJson, onSavedElsewhere, save } from "./web-storage.js";

const KEY = "wschat.prefs";

/** @returns {Prefs["theme"]} what the site wishes that shows the chat (boot.js) */
function themeWished() {
  const wished = document.documentElement.dataset.wishedTheme;
  return wished === "light" || wished === "dark" ? wished : "auto";
}

/** @type {Prefs} */
const DEFAULTS = {
  name: "",
  lang: "",
  theme: themeWished(),
  textSize: "normal",
  sound: false,
  desktop: false,
  presence: "condense",
};

/**
 * @returns {Partial<Prefs>} what is kept, as far as it can be: another version, or another program at this
 *   address, may have written it
 */
function keptPrefs() {
  const kept = loadJson(KEY);
  const valid = Object.entries(DEFAULTS).filter(([name, value]) => typeof kept?.[name] === typeof value);
  return Object.fromEntries(valid.map(([name]) => [name, kept[name]]));
}

/** @type {Prefs} */
let current = { ...DEFAULTS, ...keptPrefs() };
/** @type {Set<(prefs: Prefs) => void>} */
const listeners = new Set();

export const prefs = () => current;

/** @param {(prefs: Prefs) => void} listener @returns {() => void} removes it */
export function onPrefs(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** @param {Partial<Prefs>} change */
export function choose(change) {
  // Another tab's choice may not have been heard of, as in a page that was away.
  current = { ...current, ...keptPrefs(), ...change };
  save(KEY, JSON.stringify(current));
  applyTheme();
  for (const listener of listeners) listener(current);
}

/** The colours of the browser's bar, one for each theme. @type {NodeListOf<HTMLElement>} */
const bars = document.querySelectorAll("[name=theme-color]");

/** @param {string} theme @returns {string} the media query for its colour of the bar */
function mediaOf(theme) {
  if (current.theme === "auto") return `(prefers-color-scheme: ${theme})`;
  return current.theme === theme ? "all" : "not all";
}

/** Sets theme and text size on the root element, for the style sheets, and the colour of the browser's bar. */
function applyTheme() {
  const { dataset } = document.documentElement;
  if (current.theme === "auto") delete dataset.theme;
  else dataset.theme = current.theme;
  for (const bar of bars) bar.setAttribute("media", mediaOf(bar.dataset.scheme ?? ""));
  if (current.textSize === "normal") delete dataset.text;
  else dataset.text = current.textSize;
}

onSavedElsewhere(KEY, () => {
  current = { ...DEFAULTS, ...keptPrefs() };
  applyTheme();
  for (const listener of listeners) listener(current);
});
