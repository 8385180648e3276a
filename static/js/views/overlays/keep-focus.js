/** Where the focus goes when a dialog closes and what opened it has gone meanwhile. */

/**
 * @param {Element | null} focused
 * @returns {boolean} whether nothing has the focus; Firefox leaves it in a closed dialog for a while
 */
export const isNowhere = (focused) =>
  !focused || focused === document.body || focused.closest("dialog:not([open])") !== null;

/**
 * @param {HTMLDialogElement} dialog   about to be shown: afterwards the focus is in what it was opened from,
 *   or in what lies under it
 */
export function keepFocus(dialog) {
  const { activeElement: opener, body } = document;
  const isNone = !opener || opener === body;
  if (isNone && !document.querySelector("dialog[open]")) return;
  const home = opener?.closest(".people-list, .list");
  dialog.addEventListener("close", () => {
    const { activeElement } = document;
    if ((!isNone && opener.isConnected) || (activeElement && activeElement !== body)) return;
    const list = home?.isConnected ? home : document.getElementById("list");
    const under = [...document.querySelectorAll("dialog[open]")].at(-1);
    const next = !under || under.contains(list) ? list : under.querySelector("input:enabled, button:enabled");
    /** @type {HTMLElement | null} */ (next)?.focus({ preventScroll: true });
  });
}
