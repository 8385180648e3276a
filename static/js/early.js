/*
 * Runs before the first paint (a classic script), so that a chosen theme or text size doesn't flash in late.
 * What it reads is written by prefs.js.
 */
(() => {
  try {
    const { theme, textSize } = JSON.parse(localStorage.getItem("wschat.prefs") ?? "{}");
    const root = document.documentElement;
    if (theme && theme !== "auto") root.dataset.theme = theme;
    if (textSize && textSize !== "normal") root.dataset.text = textSize;
  } catch {
    // No storage: the system's theme and the usual size.
  }
})();
