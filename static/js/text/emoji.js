/**
 * Emoji with their names, in groups, and words to find them by: from static/vendor/emoji-<language>.json,
 * fetched when first wanted.
 */
import { fold } from "./fold.js";

/** @typedef {[emoji: string, name: string, words: string]} Emoji */

const FOUND_AT_MOST = 80;

/** @type {Map<string, Promise<Emoji[][]>>} */
const fetched = new Map();

/**
 * @param {string} lang
 * @returns {Promise<Emoji[][]>} the groups, in the order that people know from phones
 */
export function emojiIn(lang) {
  const known = fetched.get(lang) ?? fetchEmoji(lang);
  fetched.set(lang, known);
  known.catch(() => fetched.delete(lang));
  return known;
}

/** @param {string} lang @returns {Promise<Emoji[][]>} */
async function fetchEmoji(lang) {
  const answer = await fetch(new URL(`../../vendor/emoji-${lang}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`no emoji in ${lang}`);
  return answer.json();
}

/** @param {Emoji} emoji @returns {string[]} */
const wordsOf = ([, name, words]) => fold(`${name} ${words}`).split(/[\s:,«»"()-]+/u);

/**
 * @param {Emoji[][][]} languages   the groups in each language that is looked through; names come from the first
 * @param {string} query
 * @returns {Emoji[]} those for which each word of the query begins one of theirs, in any one language; the
 *   nearest first, which is one of that name
 */
export function search([own, ...others], query) {
  const wanted = fold(query).split(/\s+/u).filter(Boolean);
  if (!wanted.length) return [];
  const names = new Map(own.flat().map((each) => [each[0], each]));
  /** @type {Map<string, number>} */
  const ranks = new Map();
  for (const groups of [own, ...others]) {
    for (const each of groups.flat()) {
      const rank = rankOf(wordsOf(each), wanted) + (fold(each[1]) === wanted.join(" ") ? 1 : 0);
      if (rank && names.has(each[0])) ranks.set(each[0], Math.max(rank, ranks.get(each[0]) ?? 0));
    }
  }
  const found = [...ranks].sort(([, a], [, b]) => b - a).slice(0, FOUND_AT_MOST);
  return found.map(([emoji]) => /** @type {Emoji} */ (names.get(emoji)));
}

/**
 * @param {string[]} words
 * @param {string[]} wanted
 * @returns {number} 0: it isn't meant; more for words that are met in full and come first
 */
function rankOf(words, wanted) {
  let rank = 1;
  for (const each of wanted) {
    const at = words.findIndex((word) => word.startsWith(each));
    if (at < 0) return 0;
    rank += (words.includes(each) ? 2 : 0) + (at === 0 ? 1 : 0);
  }
  return rank;
}
