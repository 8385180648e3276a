// Keeps what toasts have said: one goes by itself after four seconds.
globalThis.toasts = [];
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const text = target.className === "toast" && target.textContent.replaceAll("\u00A0", " ");
    if (text) globalThis.toasts.push(text);
  }
}).observe(document, { subtree: true, childList: true });
