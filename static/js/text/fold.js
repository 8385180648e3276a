/**
 * Names and words compared as people read them: without regard to case, to how a letter is composed (й is one
 * character or two), to ё and е, to the Turkish dots, to the shape of an apostrophe or a hyphen, and to what
 * nobody can see (joiners in Persian and in emoji), as the server compares them. Everything in the page that
 * compares names or looks for them compares folded text.
 */

/** @type {Record<string, string>} what a letter is taken for, after case and composition */
const SAME = {
  ...Object.fromEntries([..."`´ʹʻʼʽˈʾʿ‘’‛′‵ꞌ"].map((each) => [each, "'"])),
  ...Object.fromEntries([..."‐‑‒–—―−﹘"].map((each) => [each, "-"])),
  ё: "е",
  ı: "i",
  "i\u0307": "i",
  ς: "σ",
  ß: "ss",
};
const ALIKE = new RegExp(Object.keys(SAME).join("|"), "gu");
const ASCII = /^[\0-\x7F]*$/;
/** A letter with its marks, or a Hangul syllable in its parts: what folding may join, and never what it parts. */
const CLUSTER = /[\u1100-\u115F][\u1160-\u11A7]?[\u11A8-\u11FF]?|\P{M}\p{M}*|\p{M}+/gsu;

/** @param {string} text @returns {string} equal for texts that people take for the same */
export function fold(text) {
  if (ASCII.test(text)) return text.toLowerCase().replaceAll("`", "'");
  return text
    .replace(/´|\p{Default_Ignorable_Code_Point}+/gu, (found) => (found === "´" ? "'" : ""))
    .normalize("NFKC")
    .toLowerCase()
    .replace(ALIKE, (letter) => SAME[letter]);
}

/**
 * @param {string} text
 * @returns {{folded: string, starts: number[]}} `starts`: where in the text each character of `folded` comes from, and
 *   the text's length after the last of them
 */
export function foldWithPlaces(text) {
  let folded = "";
  /** @type {number[]} */
  const starts = [];
  for (const match of text.matchAll(CLUSTER)) {
    const part = fold(match[0]);
    folded += part;
    for (let i = 0; i < part.length; i += 1) starts.push(match.index);
  }
  starts.push(text.length);
  return { folded, starts };
}

const WORD = /[\p{L}\p{M}\p{N}_]/u;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々〆]/u;

/**
 * @param {string} text
 * @param {number} at
 * @returns {string} the character that ends right before `at`, or ""
 */
export function charBefore(text, at) {
  const isPair = at > 1 && /[\uD800-\uDBFF]/.test(text[at - 2]) && /[\uDC00-\uDFFF]/.test(text[at - 1]);
  return text.slice(at - (isPair ? 2 : 1), at);
}

/** @param {string} text @param {number} at @returns {string} the character that begins at `at`, or "" */
export const charAt = (text, at) => (at < text.length ? String.fromCodePoint(text.codePointAt(at) ?? 0) : "");

/**
 * @param {string} char
 * @returns {boolean} whether it belongs to a script that doesn't part words by spaces
 */
export const isUnspaced = (char) => UNSPACED.test(char);

/**
 * @param {string} char
 * @returns {boolean} whether a word goes on with it; where words aren't parted, none does
 */
export const isWord = (char) => WORD.test(char) && !UNSPACED.test(char);
