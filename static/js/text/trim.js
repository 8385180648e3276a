/**
 * What of a written text is sent: as the server trims it, so that a message looks the same before and after it was
 * stored.
 */

/** Everything but white space, control characters, what Unicode calls ignorable, and symbols that show nothing. */
const VISIBLE =
  /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800\uFFF9-\uFFFC\u{13430}-\u{1343F}\u{13441}\u{13442}\u{16FE4}\u{1D159}]/u;

/**
 * @param {string} raw
 * @returns {string} without empty lines at its ends and white space behind; "" if nobody can see anything in it. The
 *   indentation of the first line stays: it may be code or a poem
 */
export function trimmed(raw) {
  const lines = raw.split(/[\n\v\f\r\u0085\u2028\u2029]/u);
  const isEmpty = (/** @type {string} */ line) => !VISIBLE.test(line);
  const first = lines.findIndex((line) => !isEmpty(line));
  if (first < 0) return "";
  const last = lines.findLastIndex((line) => !isEmpty(line));
  const start = lines.slice(0, first).reduce((length, line) => length + line.length + 1, 0);
  const end = lines.slice(0, last + 1).reduce((length, line) => length + line.length + 1, -1);
  return raw.slice(start, end).trimEnd();
}
