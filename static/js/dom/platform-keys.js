/** What a key is: in which layout, of an input method, on which computer. */

/**
 * @param {{key: string, code: string}} event   of the keyboard
 * @returns {string} which key it was, as a `KeyboardEvent.code`: Latin letters and the slash by what they
 *   write, wherever a layout has them; letters of other alphabets by their place, where Latin ones would be;
 *   keys that write nothing by their name. "": another sign, and no key of the page's
 */
export function placeOf({ key, code }) {
  const sign = key.toUpperCase();
  if (/^[A-Z]$/.test(sign)) return `Key${sign}`;
  // Cyrillic layouts have the full stop there.
  if (key === "/" || (key === "." && code === "Slash")) return "Slash";
  if (/^[A-Z]\w+$/.test(key)) return key; // "Delete" is also a key of the number pad
  return /^(?!\p{Script=Latin})[\p{L}\p{M}]/u.test(key) ? code : "";
}

/**
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the key belongs to an input method; in Safari only its code, 229, shows that of
 *   the Enter that ends a composition
 */
export const isComposing = (event) => event.isComposing || event.keyCode === 229;

/** Apple's keyboards have a key of their own for commands, and use Ctrl to move in texts. */
export const isApple = /^(Mac|iP)/.test(globalThis.navigator?.platform ?? "");

/** What the key for commands is called. */
export const COMMAND = isApple ? "⌘" : "Ctrl";
