/*
 * A classic script that runs before the first paint, so that a chosen theme or text size doesn't flash in
 * late. It also starts to fetch the texts, in parallel with the modules. The settings that it reads are
 * written by prefs.js.
 */
(() => {
  const root = document.documentElement;
  /** @type {{theme?: string, textSize?: string, lang?: string}} */
  let prefs = {};
  try {
    prefs = JSON.parse(localStorage.getItem("wschat.prefs") ?? "{}");
  } catch {
    // No storage: the system's theme and the normal size.
  }
  const { theme, textSize, lang } = prefs;
  if (theme && theme !== "auto") root.dataset.theme = theme;
  if (textSize && textSize !== "normal") root.dataset.text = textSize;

  const language = lang || root.dataset.lang;
  const { src } = /** @type {HTMLScriptElement} */ (document.currentScript);
  if (language === "ru" || language === "en") {
    const link = document.createElement("link");
    Object.assign(link, {
      rel: "preload",
      as: "fetch",
      crossOrigin: "anonymous",
      href: new URL(`../i18n/${language}.ftl`, src).href,
    });
    document.head.append(link);
  }
})();
