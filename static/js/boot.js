/*
 * A classic script that runs before the first paint, so that a chosen theme or text size doesn't flash in
 * late. It also starts to fetch the texts, in parallel with the modules. The settings that it reads are
 * written by prefs.js. It tells a browser that is too old for the modules that it is, and is itself written in
 * the JavaScript of 2015, which such a browser understands.
 *
 * The floor: Safari 16.4, Chrome 104, Firefox 115 (docs/page.md).
 */
(() => {
  const root = document.documentElement;
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const { pathname } = new URL(script.src);
  const base = pathname.slice(0, pathname.lastIndexOf("/static/"));
  /** @type {{theme?: string, textSize?: string, lang?: string}} */
  let prefs = {};
  try {
    prefs = JSON.parse(localStorage.getItem(`wschat${base}.prefs`) || "{}") || {};
  } catch (_error) {
    // No storage: the system's theme and the normal size.
  }
  if (prefs.theme && prefs.theme !== "auto") root.dataset.theme = prefs.theme;
  if (prefs.textSize && prefs.textSize !== "normal") root.dataset.text = prefs.textSize;

  const language = prefs.lang || root.dataset.lang;
  if (language === "ru" || language === "en") {
    const link = document.createElement("link");
    link.rel = "preload";
    link.as = "fetch";
    link.crossOrigin = "anonymous";
    link.href = new URL(`../i18n/${language}.ftl`, script.src).href;
    document.head.appendChild(link);
  }

  /** @returns {boolean} whether the browser has all that the page can't do without */
  function isNewEnough() {
    try {
      /(?<!a)b/;
      return (
        "HTMLDialogElement" in window &&
        "ResizeObserver" in window &&
        typeof Array.prototype.findLast === "function" &&
        matchMedia("(width >= 0px)").matches
      );
    } catch (_error) {
      return false;
    }
  }

  /** The texts are here, since those in the .ftl files are read by scripts that such a browser can't run. */
  const TOO_OLD = {
    ru: "Этот браузер слишком старый для чата. Обновите его или откройте чат в другом.",
    en: "This browser is too old for the chat. Update it, or open the chat in another one.",
  };

  if (isNewEnough()) return;
  root.dataset.tooOld = "";
  document.addEventListener("DOMContentLoaded", () => {
    const line = document.createElement("p");
    line.className = "line";
    line.setAttribute("role", "alert");
    const isEnglish = language === "en" || (language === "auto" && !/^ru/.test(navigator.language));
    line.textContent = isEnglish ? TOO_OLD.en : TOO_OLD.ru;
    /** @type {HTMLElement} */ (document.getElementById("list")).appendChild(line);
  });
})();
