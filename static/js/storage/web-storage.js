/**
 * Items that the browser stores for the page, in localStorage or, for one tab, in sessionStorage. Where that isn't
 * allowed, they last as long as the page.
 */
import { stored } from "../base-path.js";

/** What a full storage didn't take. @type {Map<string, string>} */
const memory = new Map();

/** @param {string} key @returns {string | null} */
export function load(key) {
  try {
    return memory.get(key) ?? localStorage.getItem(stored(key));
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

/** What this tab has kept, where the browser stores nothing for it. @type {Map<string, string>} */
const tabMemory = new Map();

/**
 * @param {string} key
 * @returns {string | null} what this tab has kept, also over a reload, until it is closed
 */
export function loadInTab(key) {
  try {
    return tabMemory.get(key) ?? sessionStorage.getItem(stored(key));
  } catch {
    return tabMemory.get(key) ?? null;
  }
}

/** @param {string} key @param {string} value */
export function saveInTab(key, value) {
  try {
    sessionStorage.setItem(stored(key), value);
    tabMemory.delete(key);
  } catch {
    tabMemory.set(key, value);
  }
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
