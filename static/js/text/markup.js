/**
 * Splits the text of a message into tokens, which the page draws as nodes. Never HTML: a token is data. On the wire and
 * in the log a message is plain text, with the marks that people type; only the page decides which of them are markup.
 *
 * @import {ListItem} from "./blocks.js"
 * @import {Atom} from "./emphasis.js"
 * @import {Names} from "./names.js"
 *
 * @typedef {{type: "text" | "code" | "fence" | "mention" | "me", value: string}
 *   | {type: "link", value: string, href: string}
 *   | {type: "bold" | "italic" | "strike" | "quote", parts: Token[]}
 *   | ListToken} Token   me: a mention of the reader
 * @typedef {{type: "list", ordered: boolean, closing: string, items: ListRow[]}} ListToken   `closing`: of «1.» or «1)»
 * @typedef {{value?: number, parts: Token[], lists: ListToken[]}} ListRow   `lists`: those inside it
 * @typedef {Pick<Names, "find">} Finder
 */
import { blocksIn } from "./blocks.js";
import { emphasized } from "./emphasis.js";
import { linksIn, readable } from "./links.js";

/** A message that is longer, or has more lines, is folded. */
const FOLD_CHARACTERS = 1200;
const FOLD_LINES = 16;

const FENCE = /```(?:[\w+-]*\n)?([\s\S]+?)```/gu;
const CODE = /(?<!`)(`{1,2})(?! *`)([^\n]*?[^`\n])\1(?!`)/gu;

const EMOJI_PART =
  "(?:(?!\\p{RI})\\p{Emoji_Presentation}|\\p{ExtPict}\\uFE0F|\\p{Emoji}\\p{EMod}|\\p{ExtPict}(?=\\u200D))\\p{EMod}?\\uFE0F?";
const EMOJI = `(?:\\p{RI}{2}|[0-9#*]\\uFE0F?\\u20E3|❤|${EMOJI_PART}[\\u{E0020}-\\u{E007F}]*(?:\\u200D\\p{Emoji}\\p{EMod}?\\uFE0F?)*)`;
const EMOJI_ONLY = new RegExp(`^(?:${EMOJI}\\s*){1,3}$`, "u");

/** @param {string} text */
export const isLong = (text) =>
  text.length > FOLD_CHARACTERS || text.split("\n", FOLD_LINES + 1).length > FOLD_LINES;

/** @param {string} text @returns {boolean} whether it is one to three emoji and nothing else */
export const isEmojiOnly = (text) => text.length <= 100 && EMOJI_ONLY.test(text);

/** @param {string} text @param {Finder} names   of the people whom it may mention @returns {Token[]} */
export function tokens(text, names) {
  /** @type {Token[]} */
  const found = [];
  let from = 0;
  for (const match of text.matchAll(FENCE)) {
    found.push(...blockTokens(text.slice(from, match.index).replace(/\n$/, ""), names));
    found.push({ type: "fence", value: match[1].replace(/\n$/, "") });
    from = match.index + match[0].length;
  }
  const rest = text.slice(from);
  return [...found, ...blockTokens(from ? rest.replace(/^\n/, "") : rest, names)];
}

/** @param {string} text @param {Finder} names @returns {Token[]} */
function blockTokens(text, names) {
  return blocksIn(text).flatMap((block) => {
    if (block.type === "list") return listTokens(block.items, names);
    const parts = inlineTokens(block.text, names);
    return block.type === "quote" ? [{ type: block.type, parts }] : parts;
  });
}

/**
 * @param {ListItem[]} items
 * @param {Finder} names
 * @returns {ListToken[]} a list for each run of items of one kind, with what is deeper inside
 */
function listTokens(items, names) {
  /** @type {ListToken[]} */
  const lists = [];
  for (let at = 0; at < items.length; ) {
    const { value, closing = "", text, depth } = items[at];
    const deeper = items.findIndex((each, i) => i > at && each.depth <= depth);
    const end = deeper < 0 ? items.length : deeper;
    const item = {
      value,
      parts: inlineTokens(text, names),
      lists: listTokens(items.slice(at + 1, end), names),
    };
    const last = lists.at(-1);
    if (last?.closing === closing) last.items.push(item);
    else lists.push({ type: "list", ordered: value !== undefined, closing, items: [item] });
    at = end;
  }
  return lists;
}

/** @param {string} text @param {Finder} names @returns {Token[]} */
function inlineTokens(text, names) {
  if (!text) return [];
  const marks = text.includes("`") ? [...text.matchAll(CODE)] : [];
  /** @type {Atom[]} */
  const code = marks.map(({ index, 0: whole, 2: value }) => ({
    start: index,
    end: index + whole.length,
    token: { type: "code", value },
  }));
  const links = linksIn(text).map(({ start, end, href }) => ({
    start,
    end,
    token: /** @type {Token} */ ({ type: "link", value: readable(text.slice(start, end)), href }),
  }));
  const people = names.find(text).map(({ start, end, isMe }) => ({
    start,
    end,
    token: /** @type {Token} */ ({ type: isMe ? "me" : "mention", value: text.slice(start, end) }),
  }));
  return emphasized(text, joined(joined(code, links), people));
}

/**
 * @param {Atom[]} first
 * @param {Atom[]} second
 * @returns {Atom[]} all of the first, and of the second what doesn't overlap them, in order
 */
function joined(first, second) {
  if (!first.length) return second;
  const free = second.filter(({ start, end }) =>
    first.every((each) => end <= each.start || each.end <= start),
  );
  return [...first, ...free].sort((a, b) => a.start - b.start);
}

/** @param {Token[]} parts @returns {boolean} */
export const isForMe = (parts) =>
  parts.some((part) => {
    if (part.type === "list") return part.items.some((item) => isForMe(item.parts) || isForMe(item.lists));
    return part.type === "me" || ("parts" in part && isForMe(part.parts));
  });

/** @param {string} text @param {Finder} names */
export const mentions = (text, names) => isForMe(tokens(text, names));
