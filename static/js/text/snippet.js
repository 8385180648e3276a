/**
 * The part of a message that a list of search results shows: without its marks, on one line, and with the words that
 * were found.
 */
import { graphemes } from "./graphemes.js";
import { plainText } from "./plain.js";

/** What was found is in sight if it begins within so many characters: two lines of the narrowest phone. */
const SEEN = 36;
/** Otherwise the text is cut this far before it (characters). */
const BEFORE = 20;
/** More of the text (characters) is never seen. */
const LONGEST = 240;

const CUT = "…";
/** It keeps what follows on its line, where that is longer than a line: it would push the match out of sight. */
const JOINER = "\u2060";

const WORD = /[\p{L}\p{M}\p{N}_]/u;
/** Scripts that don't part words by spaces: what is found there may stand anywhere. */
const UNSPACED =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** @typedef {{text: string, isFound: boolean}} Part */

/**
 * @param {string} text   of a message
 * @param {Iterable<string>} words   that were found, as they stand in the text
 * @returns {Part[]} the snippet, in parts
 */
export function snippetOf(text, words) {
  const plain = plainText(text).replace(/\s+/gu, " ").trim();
  const found = placesOf(plain, words);
  const start = startOf(plain, found[0]?.start ?? 0);
  const end = endOf(plain, start);
  const parts = split(plain, found, start, end);
  if (start > 0) parts.unshift({ text: CUT + JOINER, isFound: false });
  if (end < plain.length) parts.push({ text: CUT, isFound: false });
  return parts;
}

/** @typedef {{start: number, end: number}} Place */

/**
 * @param {string} plain
 * @param {Iterable<string>} words
 * @returns {Place[]} in their order, none within another
 */
function placesOf(plain, words) {
  /** @type {Place[]} */
  const all = [];
  for (const word of words)
    for (let at = word ? plain.indexOf(word) : -1; at >= 0; at = plain.indexOf(word, at + 1))
      if (isWhole(plain, at, at + word.length)) all.push({ start: at, end: at + word.length });
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  let end = 0;
  return all.filter((place) => {
    if (place.start < end) return false;
    end = place.end;
    return true;
  });
}

/**
 * @param {string} plain
 * @param {number} start
 * @param {number} end
 * @returns {boolean} whether what stands there is no part of a longer word
 */
function isWhole(plain, start, end) {
  const inside = [...plain.slice(start, end)];
  const before = [...plain.slice(Math.max(0, start - 2), start)].at(-1) ?? "";
  const [after = ""] = plain.slice(end, end + 2);
  return isEdge(inside[0], before) && isEdge(inside[inside.length - 1], after);
}

/**
 * @param {string} char   the last or first of a word
 * @param {string} beside   what follows or precedes it, or ""
 * @returns {boolean} whether the word ends between them
 */
const isEdge = (char, beside) => !WORD.test(beside) || UNSPACED.test(char) || UNSPACED.test(beside);

/**
 * @param {string} plain
 * @param {number} first   where the first word that was found begins
 * @returns {number} where the snippet does
 */
function startOf(plain, first) {
  if (first <= SEEN) return 0;
  const from = first - BEFORE;
  const starts = [...graphemes(plain.slice(0, first))].map(({ index }) => index).filter((at) => at >= from);
  return starts.find((at) => plain[at - 1] === " ") ?? starts[0] ?? first;
}

/** @param {string} plain @param {number} start @returns {number} where the snippet ends */
function endOf(plain, start) {
  if (plain.length - start <= LONGEST) return plain.length;
  let end = start;
  for (const { index, segment } of graphemes(plain.slice(start, start + LONGEST))) {
    // What is cut off may belong to the last of them.
    if (index + segment.length >= LONGEST) break;
    end = start + index + segment.length;
  }
  return end;
}

/**
 * @param {string} plain
 * @param {Place[]} found
 * @param {number} start
 * @param {number} end
 * @returns {Part[]}
 */
function split(plain, found, start, end) {
  /** @type {Part[]} */
  const parts = [];
  let at = start;
  const add = (/** @type {number} */ to, /** @type {boolean} */ isFound) => {
    if (to > at) parts.push({ text: plain.slice(at, to), isFound });
    at = Math.max(at, to);
  };
  for (const place of found) {
    if (place.start >= end) break;
    add(place.start, false);
    add(Math.min(place.end, end), true);
  }
  add(end, false);
  return parts;
}
