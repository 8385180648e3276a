/** Where the focus goes when a dialog closes and what opened it has gone meanwhile. */

/** @param {HTMLDialogElement} dialog   about to be shown: afterwards the focus is in the list that it was opened from */
export function keepFocus(dialog) {
  const home = document.activeElement?.closest(".people-list, .list");
  dialog.addEventListener("close", () => {
    const { activeElement } = document;
    if (activeElement && activeElement !== document.body && !dialog.contains(activeElement)) return;
    const list = home?.isConnected ? home : document.getElementById("list");
    /** @type {HTMLElement | null} */ (list)?.focus({ preventScroll: true });
  });
}
