/**
 * A message without its marks: for notices, announcements, copies and whatever shows no markup.
 *
 * @import {ListToken, Token} from "./markup.js"
 */
import { tokens } from "./markup.js";
import { Names } from "./names.js";

const NOBODY = new Names();
const BLOCKS = new Set(["fence", "quote", "list"]);

/** @param {string} text   of a message @returns {string} */
export const plainText = (text) => textOf(tokens(text, NOBODY));

/** @param {Token[]} parts   of a message @returns {string} blocks stand on lines of their own */
export function textOf(parts) {
  let text = "";
  let isAfterBlock = false;
  for (const part of parts) {
    const isBlock = BLOCKS.has(part.type);
    const own = textOfOne(part);
    if (text && own && (isBlock || isAfterBlock)) text += "\n";
    text += own;
    isAfterBlock = isBlock;
  }
  return text;
}

/** @param {Token} part @returns {string} */
function textOfOne(part) {
  if (part.type === "list") return listText(part, "");
  return "parts" in part ? textOf(part.parts) : part.value;
}

/** @param {ListToken} list @param {string} indent @returns {string} */
function listText({ items, closing }, indent) {
  const lines = items.flatMap(({ value, parts, lists }) => [
    `${indent}${value === undefined ? "•" : `${value}${closing}`} ${textOf(parts)}`,
    ...lists.map((list) => listText(list, `${indent}  `)),
  ]);
  return lines.join("\n");
}
