/**
 * Bold, italic and struck text: `**x**`, `*x*` or `_x_`, `~~x~~`, within a line and at the borders of words only. What
 * isn't clearly meant so stays as it was written: snake_case, 2*3*4, *.js, **kwargs, ^_^, an asterisk for a footnote.
 *
 * @import {Token} from "./markup.js"
 */
import { charAt, charBefore, isUnspaced } from "./fold.js";

/** @typedef {{start: number, end: number, token: Token}} Atom   a part of a text that is a token already */
/** @typedef {{start: number, end: number, mark: string}} Mark */
/**
 * @typedef {{start: number, end: number, token?: Token, types?: ("bold" | "italic" | "strike")[]}} Edge
 *   `types`: what begins there; without it and a token, something ends
 */

const RUN = /\*+|_+|~+|\n/g;
/** @type {Record<string, ("bold" | "italic" | "strike")[]>} */
const TYPES = { "**": ["bold"], "*": ["italic"], _: ["italic"], "~~": ["strike"], "***": ["bold", "italic"] };

const BEFORE_OPENING = /[\s\p{Cf}\p{Ps}\p{Pi}"'„*_~`|>—–¿¡\p{Emoji_Presentation}]/u;
const AFTER_OPENING =
  /[*_~]{0,5}(?:[\p{L}\p{N}\p{Sc}\p{So}\p{Cf}\p{Ps}\p{Pi}\p{Emoji_Presentation}@#№"'„`¿¡]|[-−]\d)/uy;
const AFTER_CLOSING = /[\s\p{Cf}\p{Pe}\p{Pf}\p{Terminal_Punctuation}"'“*_~`|<…—–\-\p{Emoji_Presentation}]/u;
const CONTENT = /[\p{L}\p{N}\p{So}]/u;
/** Faces: *o*, *_*, _U_. */
const FACE = /^[oоuvwx0^]$/iu;

/** @param {string} text @param {Mark} run */
function opens(text, { start, end }) {
  const before = charBefore(text, start);
  const isFree = !before || isUnspaced(before) || BEFORE_OPENING.test(before);
  AFTER_OPENING.lastIndex = end;
  return isFree && AFTER_OPENING.test(text);
}

/** @param {string} text @param {Mark} run */
function closes(text, { start, end }) {
  const next = charAt(text, end);
  if (/^\s?$/u.test(charBefore(text, start))) return false;
  return !next || isUnspaced(next) || AFTER_CLOSING.test(next);
}

/**
 * @param {string} text
 * @param {Mark} opener
 * @param {Mark} closer
 * @returns {boolean} whether there is something to emphasize between them
 */
function isMeant(text, opener, closer) {
  const inside = text.slice(opener.end, closer.start);
  return CONTENT.test(inside) && !(opener.mark.length === 1 && FACE.test(inside));
}

/**
 * @param {string} text
 * @param {Atom[]} atoms   in their order
 * @returns {Generator<Mark>} what may be marks: not those inside atoms
 */
function* marksIn(text, atoms) {
  let next = 0;
  for (const { index: start, 0: mark } of text.matchAll(RUN)) {
    while (next < atoms.length && atoms[next].end <= start) next += 1;
    if (next < atoms.length && atoms[next].start <= start) continue;
    if (mark === "\n" || TYPES[mark]) yield { start, end: start + mark.length, mark };
  }
}

/** @param {string} text @param {Atom[]} atoms @returns {[Mark, Mark][]} marks that belong together */
function pairsIn(text, atoms) {
  /** @type {[Mark, Mark][]} */
  const pairs = [];
  /** @type {Mark[]} */
  let open = [];
  for (const run of marksIn(text, atoms)) {
    if (run.mark === "\n") {
      open = [];
      continue;
    }
    const at = closes(text, run) ? open.findLastIndex(({ mark }) => mark === run.mark) : -1;
    const opener = open[at];
    if (opener && isMeant(text, opener, run)) {
      pairs.push([opener, run]);
      // The same mark isn't nested, so that nothing is deeper than there are marks.
      open = open.slice(0, at).filter(({ mark }) => mark !== run.mark);
    } else if (opener) open.splice(at, 1);
    else if (opens(text, run)) open.push(run);
  }
  return pairs;
}

/**
 * @param {string} text
 * @param {Atom[]} atoms   in their order, apart from each other
 * @returns {Token[]} all of the text, with what is emphasized as tokens around others
 */
export function emphasized(text, atoms) {
  if (!atoms.length && !/[*_~]/.test(text)) return [{ type: "text", value: text }];
  /** @type {Edge[]} */
  const edges = [...atoms];
  for (const [opener, closer] of pairsIn(text, atoms)) {
    const types = TYPES[opener.mark];
    edges.push({ ...opener, types }, closer);
  }
  return treeOf(
    text,
    edges.sort((a, b) => a.start - b.start),
  );
}

/** @param {string} text @param {Edge[]} edges   in their order @returns {Token[]} */
function treeOf(text, edges) {
  /** @type {Token[]} */
  const root = [];
  const open = [root];
  let at = 0;
  const addText = (/** @type {number} */ end) => {
    if (end > at) /** @type {Token[]} */ (open.at(-1)).push({ type: "text", value: text.slice(at, end) });
  };
  for (const { start, end, token, types } of edges) {
    addText(start);
    at = end;
    if (token) /** @type {Token[]} */ (open.at(-1)).push(token);
    else if (types) open.push(begin(/** @type {Token[]} */ (open.at(-1)), types));
    else open.pop();
  }
  addText(text.length);
  return root;
}

/**
 * @param {Token[]} parts
 * @param {("bold" | "italic" | "strike")[]} types
 * @returns {Token[]} where what is emphasized goes
 */
function begin(parts, types) {
  let inner = parts;
  for (const type of types) {
    /** @type {Token[]} */
    const own = [];
    inner.push({ type, parts: own });
    inner = own;
  }
  return inner;
}
