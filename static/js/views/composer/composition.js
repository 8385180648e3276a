/** What an input method composes in a field. */

/**
 * A text that is set while a word is composed tears it: its letters stay, and what is committed comes after them.
 *
 * @param {HTMLTextAreaElement} field
 * @returns {(act: () => void) => void} acts at once, or after the composition, in the order of the calls
 */
export function afterComposing(field) {
  let isComposing = false;
  /** @type {(() => void)[]} */
  const waiting = [];
  const actAll = () => {
    for (const act of waiting.splice(0)) act();
  };
  const end = (/** @type {any} */ event) => {
    if (!isComposing || event.isComposing) return;
    isComposing = false;
    // Not yet: after the event the browser moves the caret.
    setTimeout(() => isComposing || actAll());
  };
  field.addEventListener("compositionstart", () => {
    isComposing = true;
  });
  // Not every end has an event of its own: a script may write over the word, or the field be closed.
  for (const type of ["compositionend", "input", "blur"]) field.addEventListener(type, end);
  new MutationObserver(end).observe(field, { attributeFilter: ["readonly"] });
  addEventListener("pagehide", actAll); // what waits would be lost
  return (act) => {
    waiting.push(act);
    if (!isComposing) actAll();
  };
}
