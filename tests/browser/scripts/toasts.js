// Keeps what toasts have said: one goes by itself after four seconds.
globalThis.toasts = [];
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (target.className === "toast" && target.textContent) globalThis.toasts.push(target.textContent);
  }
}).observe(document, { subtree: true, childList: true });
