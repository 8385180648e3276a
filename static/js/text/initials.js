/** The letters in an avatar. */
import { graphemes } from "./graphemes.js";

/** @type {Map<string, string>} */
const known = new Map();
const KNOWN_AT_MOST = 1000;

/** @param {string} name @returns {string} one or two letters for an avatar, as people count letters */
export function initials(name) {
  const letters = known.get(name) ?? firstLetters(name);
  if (known.size >= KNOWN_AT_MOST) known.clear();
  known.set(name, letters);
  return letters;
}

/** @param {string} name @returns {string} */
function firstLetters(name) {
  const words = name.split(/[\s_.-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = (words.length ? words : [name]).map((word) =>
    firstLetter(word.replace(/^[^\p{L}\p{N}]+/u, "") || word),
  );
  return letters.slice(0, 2).join("").toUpperCase(); // in every browser the same
}

/** @param {string} word @returns {string} its first grapheme, without the marks that could tower over it */
function firstLetter(word) {
  const letter = word.normalize("NFC").match(/^\p{L}/u)?.[0];
  if (letter) return letter;
  const [first] = graphemes(word);
  return first?.segment ?? "?";
}
