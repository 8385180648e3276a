// Watches what the browser measures of a page, from its first moment.
globalThis.seen = { lcp: 0, cls: 0, inp: 0 };
const observe = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
observe("largest-contentful-paint", ({ startTime }) => {
  seen.lcp = startTime;
});
observe("layout-shift", ({ value, hadRecentInput }) => {
  if (!hadRecentInput) seen.cls += value;
});
// From a key or a press to the frame that answers it. The browser's own figure needs a screen: without one, frames that
// were drawn are reported late.
for (const type of ["keydown", "input", "pointerdown", "click"]) {
  addEventListener(
    type,
    ({ timeStamp }) =>
      requestAnimationFrame(() =>
        setTimeout(() => {
          seen.inp = Math.max(seen.inp, performance.now() - timeStamp);
        }),
      ),
    { capture: true },
  );
}
// The chat is of use when the person is in it.
new MutationObserver(() => {
  if (!globalThis.usable && document.querySelector(".line-greeting")) globalThis.usable = performance.now();
}).observe(document, { childList: true, subtree: true });
