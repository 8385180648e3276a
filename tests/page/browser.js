/** The little of a browser that the page's pure modules look at when they are loaded. */
globalThis.addEventListener ??= () => undefined;
globalThis.document ??= /** @type {any} */ ({
  documentElement: { dataset: {}, lang: "" },
  addEventListener() {},
  createTreeWalker() {},
  createComment() {},
});
globalThis.navigator ??= /** @type {any} */ ({ languages: ["ru-RU", "en-US"] });

/** A storage of the browser's, which takes no more while it `isFull`. */
export function fakeStorage() {
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
  globalThis.localStorage = storage;
  return storage;
}
