/*
 * A classic script that runs before the first paint, so that a chosen theme or text size doesn't flash in
 * late. It also starts to fetch the texts, in parallel with the modules. The settings that it reads are
 * written by prefs.js. It tells a browser that is too old for the modules that it is, and a person whose page
 * couldn't be loaded; it is itself written in the JavaScript of 2015, which such a browser understands.
 *
 * The floor: Safari 16.4, Chrome 104, Firefox 115 (docs/page.md).
 */

// In a frame: tells the page around it that the chat is there, and reads its wishes (embed.js). They are for people who
// haven't chosen anything themselves.
((root) => {
  if (parent !== window) parent.postMessage("wschat", "*");
  const wishes = new URLSearchParams(location.search);
  const lang = wishes.get("lang") || "";
  const theme = wishes.get("theme") || "";
  if (/^(ru|en)$/.test(lang)) root.dataset.lang = lang;
  if (/^(light|dark)$/.test(theme)) root.dataset.wishedTheme = theme;
})(document.documentElement);

((texts) => {
  const root = document.documentElement;
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const { origin, pathname } = new URL(script.src);
  const base = pathname.slice(0, pathname.lastIndexOf("/static/"));
  /** @type {{theme?: string, textSize?: string, lang?: string}} */
  const prefs = { theme: root.dataset.wishedTheme };
  try {
    Object.assign(prefs, JSON.parse(localStorage.getItem(`wschat${base}.prefs`) || "{}"));
  } catch (_error) {
    // No storage: the system's theme and the normal size.
  }
  if (prefs.theme && prefs.theme !== "auto") {
    root.dataset.theme = prefs.theme;
    /** @type {NodeListOf<HTMLElement>} */
    const bars = document.querySelectorAll("[name=theme-color]");
    for (const bar of bars) bar.setAttribute("media", bar.dataset.scheme === prefs.theme ? "all" : "not all");
  }
  if (prefs.textSize && prefs.textSize !== "normal") root.dataset.text = prefs.textSize;

  const wanted = prefs.lang || root.dataset.lang;
  const theirs = (navigator.languages || []).find((each) => /^(ru|en)\b/.test(each)) || "en";
  const lang = (wanted === "auto" ? theirs.slice(0, 2) : wanted) === "en" ? "en" : "ru";
  const { href } = new URL(`../i18n/${lang}.ftl`, script.src);
  const preload = { rel: "preload", as: "fetch", crossOrigin: "anonymous", href };
  document.head.appendChild(Object.assign(document.createElement("link"), preload));

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

  /** @param {string} text @param {HTMLElement} [button]   after the text */
  function tell(text, button) {
    if (document.readyState === "loading")
      return document.addEventListener("DOMContentLoaded", () => tell(text, button));
    const line = document.createElement("p");
    line.className = "line";
    line.setAttribute("role", "alert");
    line.textContent = `${text} `;
    if (button) line.appendChild(button);
    /** @type {HTMLElement} */ (document.getElementById("list")).appendChild(line);
  }

  function tellOfFailure() {
    const button = document.createElement("button");
    button.className = "button-text";
    button.type = "button";
    button.textContent = texts[lang].reload;
    button.addEventListener("click", () => location.reload());
    tell(texts[lang].failed, button);
  }

  if (!isNewEnough()) {
    root.dataset.tooOld = "";
    return tell(texts[lang].tooOld);
  }
  addEventListener("chat-failed", tellOfFailure);
  const own = `${origin}${base}/static/`; // extensions put scripts of theirs into the page
  const isOwn = (/** @type {any} */ each) => each instanceof HTMLScriptElement && each.src.startsWith(own);
  addEventListener("error", ({ target }) => isOwn(target) && tellOfFailure(), true);
})({
  // Not in the .ftl files, which are read by scripts that such a browser can't run, or that couldn't be loaded.
  ru: {
    tooOld: "Этот браузер слишком старый для чата. Обновите его или откройте чат в другом браузере.",
    failed: "Не удалось загрузить чат. Проверьте связь и обновите страницу.",
    reload: "Обновить",
  },
  en: {
    tooOld: "This browser is too old for the chat. Update it, or open the chat in another one.",
    failed: "Couldn’t load the chat. Check your connection and reload the page.",
    reload: "Reload",
  },
});
