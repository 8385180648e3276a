/*
 * Runs before the first paint (a classic script), so that a chosen theme or text size doesn't flash in late, and so that
 * the texts are on their way while the modules are. What it reads is written by prefs.js.
 */
(() => {
  const root = document.documentElement;
  /** @type {{theme?: string, textSize?: string, lang?: string}} */
  let prefs = {};
  try {
    prefs = JSON.parse(localStorage.getItem("wschat.prefs") ?? "{}");
  } catch {
    // No storage: the system's theme and the usual size.
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
