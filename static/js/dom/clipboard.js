/** Copying, also where the page is plain http and has no clipboard API. */

/** @param {string} text @returns {Promise<boolean>} whether it is in the clipboard */
export async function copyText(text) {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed now; the old way may be.
  }
  return copyByCommand(text);
}

/** @param {string} text @returns {boolean} */
function copyByCommand(text) {
  const onCopy = (/** @type {ClipboardEvent} */ event) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  // Without a selection Safari copies only where a page says beforehand that there is something to copy.
  const onBefore = (/** @type {Event} */ event) => event.preventDefault();
  document.addEventListener("beforecopy", onBefore, { capture: true });
  document.addEventListener("copy", onCopy, { capture: true });
  try {
    return document.execCommand("copy");
  } finally {
    document.removeEventListener("beforecopy", onBefore, { capture: true });
    document.removeEventListener("copy", onCopy, { capture: true });
  }
}
