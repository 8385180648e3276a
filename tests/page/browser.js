/** The little of a browser that the page's pure modules look at when they are loaded. */
/** @type {{ target: string, type: string, listener: (event?: any) => void }[]} */
const listeners = [];
/** @param {string} target */
const adder = (target) => (type, listener) => void listeners.push({ target, type, listener });
/** @param {string} target @param {string} type @param {any} [event] */
function dispatch(target, type, event) {
  for (const each of listeners) if (each.target === target && each.type === type) each.listener(event);
}

globalThis.addEventListener ??= adder("window");

/** Lets the modules hear an event of the window. @param {string} type @param {any} event */
export function tell(type, event) {
  dispatch("window", type, event);
}

globalThis.document ??= /** @type {any} */ ({
  documentElement: { dataset: {}, lang: "" },
  addEventListener: adder("document"),
  querySelectorAll: () => [],
  createTreeWalker() {},
  createComment() {},
});
globalThis.navigator ??= /** @type {any} */ ({ languages: ["ru-RU", "en-US"] });

/** @param {string} type   of an event that the document gets */
export function happens(type) {
  dispatch("document", type);
}

/** A storage of a browser, and in it a first tab. */
export function fakeStorage() {
  globalThis.localStorage = newStorage();
  newTab();
  return globalThis.localStorage;
}

/** The page is in another tab from now on. */
export function newTab() {
  globalThis.sessionStorage = newStorage();
}

/** Takes no more while it `isFull`. */
function newStorage() {
  const items = new Map();
  const storage = {
    items,
    isFull: false,
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => void items.delete(key),
    setItem(key, value) {
      if (storage.isFull) throw new Error("QuotaExceededError");
      items.set(key, value);
    },
  };
  return storage;
}

/** A database of the browser's, as far as idb-keyval uses it; while it `fails`, it changes nothing, and keeps how often. */
export function fakeDatabase() {
  const database = { items: new Map(), fails: false, failures: 0 };
  const { items } = database;
  const later = (result) => {
    const request = { result, error: new Error("The connection was lost") };
    setTimeout(() => {
      if (database.fails) database.failures += 1;
      if (database.fails) request.onerror();
      else request.onsuccess();
    });
    return request;
  };
  const store = {
    put: (value, key) => !database.fails && items.set(key, value),
    delete: (key) => !database.fails && items.delete(key),
    getAll: () => later([...items.values()]),
    getAllKeys: () => later([...items.keys()]),
    get transaction() {
      return later(undefined);
    },
  };
  globalThis.indexedDB = { open: () => later({ transaction: () => ({ objectStore: () => store }) }) };
  return database;
}

/** @param {number} [ms] */
export const pause = (ms = 5) => new Promise((done) => setTimeout(done, ms));

/** Waits until something is so, for five seconds at most: then the test itself says what isn't. @param {() => unknown} isSo */
export async function until(isSo) {
  for (const end = Date.now() + 5_000; !isSo() && Date.now() < end; ) await pause();
}

/** The browser's locks, new ones; `isStuck`: one that is waited for is held by a tab that is suspended. */
export function fakeLocks({ isStuck = false } = {}) {
  /** @type {Map<string, Promise<unknown>>} */
  const held = new Map();
  const request = async (name, { ifAvailable = false, signal }, act) => {
    if (ifAvailable && held.has(name)) return act(null);
    const before = held.get(name);
    if (isStuck && !ifAvailable) return new Promise((_, fail) => signal.addEventListener("abort", fail));
    const lasting = (async () => {
      await before;
      return act({});
    })();
    held.set(name, lasting);
    await lasting;
    if (held.get(name) === lasting) held.delete(name);
  };
  Object.defineProperty(globalThis.navigator, "locks", { value: { request }, configurable: true });
}
