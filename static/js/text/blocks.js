/**
 * The lines of a text that are more than lines: quotes (`> x`) and lists (`- x`, `* x`, `1. x`). A single line with a
 * dash or a number is no list: people write dialogues, dates and answers so.
 */

/** @typedef {{text: string, value?: number, closing?: string, depth: number}} ListItem   `value`, `closing`: «3)» */
/**
 * @typedef {{type: "text" | "quote", text: string} | {type: "list", items: ListItem[]}} Block
 */

/** A text without any of these has no blocks. */
const MAYBE = /^[ \t]*(?:>|[-*•][ \t]|\d{1,3}[.)][ \t])/m;
const QUOTE = /^>(?: (.*))?$/;
const ITEM = /^([ \t]*)(?:[-*•]|([1-9]\d{0,2}|0)([.)]))[ \t]+(\S.*)$/;
const CONTINUED = /^(?: {2,}|\t)\s*(\S.*)$/;
/** Sums and comparisons: «- 5», «> 100». */
const FIGURES = /^[\d\s.,:%+\-−–=<>×*/^()°$€₽]*$/;
const DEEPEST = 3;

/** @param {string} text @returns {Block[]} with the line breaks between them taken away */
export function blocksIn(text) {
  if (!MAYBE.test(text)) return [{ type: "text", text }];
  const lines = text.split("\n");
  /** @type {Block[]} */
  const blocks = [];
  /** @type {string[]} */
  let plain = [];
  const endPlain = () => {
    const joined = plain.join("\n");
    if (joined.trim()) blocks.push({ type: "text", text: joined });
    plain = [];
  };
  for (let at = 0; at < lines.length; ) {
    const [block, length] = quoteAt(lines, at) ?? listAt(lines, at) ?? [null, 1];
    if (block) {
      endPlain();
      blocks.push(block);
    } else plain.push(...lines.slice(at, at + length));
    at += length;
  }
  endPlain();
  return blocks.length > 1 ? blocks.map(trimmed) : blocks;
}

/**
 * @param {Block} block
 * @returns {Block} without the empty lines at its ends: the blocks beside it keep their distance
 */
const trimmed = (block) =>
  block.type === "text"
    ? { ...block, text: block.text.replace(/^(?:[ \t]*\n)+|(?:\n[ \t]*)+$/g, "") }
    : block;

/**
 * @param {string[]} lines
 * @param {number} from
 * @returns {[Block | null, number] | null} a quote that begins there, or null if it only looks like one, and
 *   its length in lines
 */
function quoteAt(lines, from) {
  /** @type {string[]} */
  const quoted = [];
  for (let match = lines[from].match(QUOTE); match; match = lines[from + quoted.length]?.match(QUOTE) ?? null)
    quoted.push(match[1] ?? "");
  if (!quoted.length) return null;
  const text = quoted.join("\n").replace(/^\s*\n|\s+$/g, "");
  return [FIGURES.test(text) ? null : { type: "quote", text }, quoted.length];
}

/** @param {string} line @returns {ListItem | null} */
function itemOf(line) {
  const [, indent, number, closing, text] = line.match(ITEM) ?? [];
  if (!text || (!number && FIGURES.test(text)) || !/[\p{L}\p{N}\p{S}]/u.test(text)) return null;
  const depth = Math.floor(indent.replaceAll("\t", "  ").length / 2);
  return number ? { text, depth, value: Number(number), closing } : { text, depth };
}

/**
 * @param {string[]} lines
 * @param {number} from
 * @returns {[Block, number] | null} a list that begins there, and its length in lines
 */
function listAt(lines, from) {
  /** @type {ListItem[]} */
  const items = [];
  let at = from;
  for (; at < lines.length; at += 1) {
    const item = itemOf(lines[at]);
    const more = item ? null : lines[at].match(CONTINUED)?.[1];
    const last = items.at(-1);
    if (item) items.push({ ...item, depth: Math.min(item.depth, last ? last.depth + 1 : 0, DEEPEST) });
    else if (more && last) last.text += `\n${more}`;
    else break;
  }
  return items.length > 1 ? [{ type: "list", items }, at - from] : null;
}
