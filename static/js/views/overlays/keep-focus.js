/** Where the focus goes when what had it has gone: what opened a dialog, or what a draw takes away. */

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

/**
 * Draws a part of the page in which the person may be at work: keys would go nowhere if what has the focus there went.
 *
 * @param {Element | null | undefined} root
 * @param {() => void} draw   may take away what has the focus, hide or disable it
 * @param {() => Element | null | undefined} next   what has the focus then
 */
export function drawKeepingFocus(root, draw, next) {
  const hadFocus = root?.contains(document.activeElement);
  draw();
  const { activeElement } = document;
  if (!hadFocus || (root?.contains(activeElement) && !activeElement?.closest("[hidden], :disabled"))) return;
  /** @type {HTMLElement | null | undefined} */ (next())?.focus({ preventScroll: true });
}
