/**
 * The person's settings, and other items that this browser stores. Where storage isn't allowed, they last as
 * long as the page.
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

import { stored } from "../base-path.js";

const KEY = "wschat.prefs";

/** @type {Prefs} */
const DEFAULTS = {
  name: "",
  lang: "",
  theme: "auto",
  textSize: "normal",
  sound: false,
  desktop: false,
  presence: "condense",
};

/** @type {Map<string, string>} */
const memory = new Map();

/** @param {string} key @returns {string | null} */
export function load(key) {
  try {
    return memory.get(key) ?? localStorage.getItem(stored(key)); // memory has what a full storage didn't take
  } catch {
    return memory.get(key) ?? null;
  }
}

/** @param {string} key @param {string} value   "": removes the item */
export function save(key, value) {
  try {
    if (value) localStorage.setItem(stored(key), value);
    else localStorage.removeItem(stored(key));
    memory.delete(key);
  } catch {
    memory.set(key, value);
  }
}

/** @param {string} key @returns {any} an item that was saved as JSON, or null */
export function loadJson(key) {
  try {
    return JSON.parse(load(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * An item that this tab keeps over a reload, until it is closed.
 *
 * @param {string} key
 * @param {string} [fresh]   the new value; without it the item stays as it is
 * @returns {string} the value, or ""
 */
export function sessionItem(key, fresh = "") {
  let kept = fresh || memory.get(key) || "";
  try {
    if (fresh) sessionStorage.setItem(stored(key), fresh);
    else kept ||= sessionStorage.getItem(stored(key)) ?? "";
  } catch {
    // It lasts as long as the page.
  }
  memory.set(key, kept);
  return kept;
}

/** @param {string} key @returns {string | null} what this tab has kept, also over a reload */
export function loadInTab(key) {
  try {
    return sessionStorage.getItem(stored(key));
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
export function saveInTab(key, value) {
  try {
    sessionStorage.setItem(stored(key), value);
  } catch {
    // Where storing isn't allowed it lasts as long as the page.
  }
}

/**
 * The token by which an embedding site identifies the person. It comes in the address (`#jwt=…`), is removed
 * from it at once, and stays with the tab.
 *
 * @returns {string} or "": no site embeds the chat
 */
export const embedToken = () => sessionItem("wschat.jwt", fromAddress("jwt"));

/**
 * Keeps the token of the moderator's link (`#mod=…`) by which the person came, if they did.
 *
 * @param {string} key
 */
export function takeLink(key) {
  const fresh = fromAddress("mod");
  if (fresh) save(key, fresh);
}

/** @param {string} name @returns {string} what the address had under this name, and no longer has */
function fromAddress(name) {
  const [, key, value = ""] = location.hash.match(/^#(\w+)=([\w.~-]+)$/) ?? [];
  if (key !== name) return "";
  history.replaceState(history.state, "", location.pathname + location.search);
  return value;
}

/** @returns {string} 22 random characters; not `randomUUID`, which plain-http pages don't have */
export function newId() {
  const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const SECRET = /^[\w-]{16,64}$/;

/**
 * @returns {string} the same in all tabs of this browser: it identifies the person until the server's first
 *   token is here
 */
export function secret() {
  const kept = load("wschat.secret") ?? "";
  const known = SECRET.test(kept) ? kept : newId(); // the server takes no other
  save("wschat.secret", known);
  return known;
}

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
  current = { ...current, ...keptPrefs(), ...change }; // another tab's choice may not have been heard of, as in a page that was away
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

/** Another tab of this browser has changed something: what a full storage didn't take here is older. */
addEventListener("storage", ({ key }) => {
  for (const each of memory.keys()) if (stored(each) === key) memory.delete(each);
});

/**
 * @param {string} key
 * @param {() => void} listener   called when another tab has saved this item, or may have: a page that comes out of the
 *   browser's back/forward cache has heard of nothing
 */
export function onSavedElsewhere(key, listener) {
  addEventListener("storage", (event) => event.key === stored(key) && listener());
  addEventListener("pageshow", ({ persisted }) => persisted && listener());
}

onSavedElsewhere(KEY, () => {
  current = { ...DEFAULTS, ...keptPrefs() };
  applyTheme();
  for (const listener of listeners) listener(current);
});
