/**
 * @param {{key: string, code: string}} event   of the keyboard
 * @returns {string} which key it was, as a `KeyboardEvent.code`: letters and the slash by what they write, wherever a
 *   layout has them, and the others by their place, where Latin letters would be. "": another sign, and no key of the page's
 */
export function placeOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  // Cyrillic layouts have the full stop there.
  if (key === "/" || (key === "." && code === "Slash")) return "Slash";
  return /^[!-~]$/.test(key) ? "" : code;
}
