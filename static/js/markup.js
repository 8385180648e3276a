/**
 * Splits the text of a message into tokens, which the page draws as nodes. Never HTML: a token is data.
 *
 * @typedef {{type: "text" | "code" | "fence" | "mention", value: string}
 *   | {type: "link", value: string, href: string}
 *   | {type: "me", value: string}} Token   me: a mention of the reader
 */
import { findLinks } from "../vendor/vendor.js";

/** A message that is longer, or has more lines, is folded. */
const FOLD_CHARACTERS = 1200;
const FOLD_LINES = 16;

const CODE = /```(?:[\w+-]*\n)?([\s\S]+?)```|`([^`\n]+)`/gu;
const WORD = "\\p{L}\\p{M}\\p{N}_";
const MENTION = new RegExp(`(?<![${WORD}@])@[${WORD}](?:[${WORD}.-]*[${WORD}])?`, "gu");

/** @param {string} text */
export const isLong = (text) =>
  text.length > FOLD_CHARACTERS || text.split("\n", FOLD_LINES + 1).length > FOLD_LINES;

/**
 * @param {string} text
 * @param {string} me   the reader's name
 * @returns {Token[]}
 */
export function tokens(text, me) {
  return split(text, CODE, ([, fence, code]) =>
    fence ? { type: "fence", value: fence.replace(/\n$/, "") } : { type: "code", value: code },
  ).flatMap((token) => (token.type === "text" ? withLinks(token.value, me) : [token]));
}

/**
 * @param {string} text
 * @param {RegExp} pattern
 * @param {(match: RegExpMatchArray) => Token} make
 * @returns {Token[]}
 */
function split(text, pattern, make) {
  /** @type {Token[]} */
  const found = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) found.push({ type: "text", value: text.slice(from, match.index) });
    found.push(make(match));
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ type: "text", value: text.slice(from) });
  return found;
}

/** @param {string} text @param {string} me @returns {Token[]} */
function withLinks(text, me) {
  if (!/[.:@]/.test(text)) return [{ type: "text", value: text }];
  /** @type {Token[]} */
  const found = [];
  let from = 0;
  for (const { value, href, start, end } of linksIn(text)) {
    found.push(...withMentions(text.slice(from, start), me), { type: "link", value, href });
    from = end;
  }
  return [...found, ...withMentions(text.slice(from), me)];
}

/** @param {string} text   addresses of the web and of mail, and nothing else that could be run */
function linksIn(text) {
  return findLinks(text, { defaultProtocol: "https" }).filter(
    ({ href }) => /^(https?|mailto):/i.test(href) && URL.canParse(href),
  );
}

/** @param {string} text @param {string} me @returns {Token[]} */
function withMentions(text, me) {
  if (!text.includes("@")) return text ? [{ type: "text", value: text }] : [];
  const own = me && new RegExp(`(?<![${WORD}@])@${escaped(me)}(?![${WORD}])`, "giu");
  const parts = own
    ? split(text, own, ([value]) => ({ type: "me", value }))
    : [{ type: /** @type {const} */ ("text"), value: text }];
  return parts.flatMap((part) =>
    part.type === "text" ? split(part.value, MENTION, ([value]) => ({ type: "mention", value })) : [part],
  );
}

/** @param {string} name */
const escaped = (name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** @param {string} text @param {string} me */
export const mentions = (text, me) => tokens(text, me).some((token) => token.type === "me");

/** @type {Intl.Segmenter | undefined}   costly to make, and for emoji only */
let segmenter;
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
  return letters.slice(0, 2).join("").toLocaleUpperCase();
}

/** @param {string} word @returns {string} its first grapheme, without the marks that could tower over it */
function firstLetter(word) {
  const letter = word.normalize("NFC").match(/^\p{L}/u)?.[0];
  if (letter) return letter;
  segmenter ??= new Intl.Segmenter();
  const [first] = segmenter.segment(word);
  return first?.segment ?? "?";
}
