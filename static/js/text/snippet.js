/**
 * The part of a message that a list of search results shows: without its marks, on one line, and with the words that
 * were found.
 */
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

/** As the server divides a text: the rest of it, as emoji are, may stand right beside a word. */
const WORD = /[\p{L}\p{M}\p{N}]/u;
/** Scripts that don't part words by spaces: what is found there may stand anywhere. */
const UNSPACED =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Where letters begin, as people count them: an emoji of several characters is one. */
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter() : undefined;

/** @typedef {{text: string, isFound: boolean}} Part */

/**
 * @param {string} text   of a message
 * @param {Iterable<string>} words   that were found, as they stand in the text
 * @returns {Part[]} the snippet, in parts
 */
export function snippetOf(text, words) {
  const plain = plainText(text).replace(/\s+/gu, " ").trim();
  const letterAt = lettersOf(plain);
  const found = placesOf(plain, words);
  const start = startOf(plain, letterAt(found[0]?.start ?? 0).start, letterAt);
  const isCut = plain.length - start > LONGEST;
  // What is cut off may belong to the last letter.
  const end = isCut ? letterAt(start + LONGEST - 1).start : plain.length;
  const marks = found.filter((place) => place.start < end).map((place) => wholeLetters(place, letterAt));
  const parts = split(plain, marks, start, end);
  if (start > 0) parts.unshift({ text: CUT + JOINER, isFound: false });
  if (isCut) parts.push({ text: CUT, isFound: false });
  return parts;
}

/** @typedef {{start: number, end: number}} Place */

/** @typedef {(at: number) => Place} LetterAt   the letter that has the character there */

/**
 * @param {string} plain
 * @returns {LetterAt} which finds code points where the browser doesn't know letters
 */
function lettersOf(plain) {
  const letters = segmenter?.segment(plain);
  const isPair = (/** @type {number} */ at) => (plain.codePointAt(at) ?? 0) > 0xffff;
  return (at) => {
    const letter = letters?.containing(at);
    if (letter) return { start: letter.index, end: letter.index + letter.segment.length };
    const start = at > 0 && isPair(at - 1) ? at - 1 : at;
    return { start, end: start + (isPair(start) ? 2 : 1) };
  };
}

/**
 * @param {Place} place
 * @param {LetterAt} letterAt
 * @returns {Place} with the rest of its first and last letter
 */
const wholeLetters = ({ start, end }, letterAt) => ({
  start: letterAt(start).start,
  end: letterAt(end - 1).end,
});

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
const isEdge = (char, beside) =>
  !WORD.test(beside) || !WORD.test(char) || UNSPACED.test(char) || UNSPACED.test(beside);

/**
 * @param {string} plain
 * @param {number} first   where the first word that was found begins
 * @param {LetterAt} letterAt
 * @returns {number} where the snippet does: at a word, if one begins shortly before, or else at a letter
 */
function startOf(plain, first, letterAt) {
  if (first <= SEEN) return 0;
  const before = first - BEFORE - 1;
  const space = plain.slice(0, first).indexOf(" ", before);
  return Math.min(letterAt(space < 0 ? before : space).end, first);
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
