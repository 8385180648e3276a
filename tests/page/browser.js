/** The little of a browser that the page's pure modules look at when they are loaded. */
globalThis.addEventListener ??= () => undefined;
globalThis.document ??= /** @type {any} */ ({
  documentElement: { dataset: {}, lang: "" },
  addEventListener() {},
  createTreeWalker() {},
  createComment() {},
});
globalThis.navigator ??= /** @type {any} */ ({ languages: ["ru-RU", "en-US"] });
