/**
 * Finds the addresses in a text: of the web and of mail, and nothing else that could be run. With a scheme anything is
 * an address; without one only what can hardly be a file, a number or a word.
 */
import { charAt, charBefore, isWord } from "./fold.js";

/** @typedef {{start: number, end: number, href: string}} Link   where it stands in the text */

/** What ends an address wherever it stands: spaces, controls, quotes and the closing marks of every script. */
const MARKS = "\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Quotation_Mark}\\p{Terminal_Punctuation}";
const REST = `(?:[!#-;=?-[\\]^_a-~]|[^\\p{ASCII}\\s\\p{Cc}\\p{Cf}${MARKS}՚-՟❛❜❝❞‥…—])`;
const LATIN_HOST = "(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9]";
const CYRILLIC_HOST = "(?:[а-яёa-z0-9](?:[а-яёa-z0-9-]*[а-яёa-z0-9])?\\.)+(?:рф|рус|бел|укр|қаз)";
const IPV4 = "\\d{1,3}(?:\\.\\d{1,3}){3}";
const IPV6 = "\\[[0-9a-f:.]*:[0-9a-f:.]*\\]";
const HOST = `(?:${IPV6}|${IPV4}|localhost|${CYRILLIC_HOST}|${LATIN_HOST})`;

/** An address with a scheme, one of mail, or a host. Looking back keeps it from being tried inside each word. */
const CANDIDATE = new RegExp(
  `(?<web>https?://(?!/)${REST}+)` +
    `|(?<![a-z0-9_.%+'-])(?<mail>(?:mailto:)?[a-z0-9_%+-]+(?:[.'][a-z0-9_%+-]+)*@${LATIN_HOST})` +
    `|(?<![a-z0-9а-яё_@.-])(?<host>${HOST})(?<port>:\\d{1,5}(?!\\d))?(?<path>[/?#]${REST}*)?`,
  "giu",
);

/** Without a scheme and a path these end an address. None of them is the ending of a file or of a method's name. */
const COMMON = new Set(
  "com net org edu gov io dev ru su рф рус бел укр қаз by kz ua uz ge uk de fr es nl eu ch se fi dk cz jp cn kr au ca".split(
    " ",
  ),
);
/** With a path they may be anything but these, which are names of files in a folder of that name. */
const FILES = new Set(
  "c cc cpp cs css d ex go h hpp htm html java js json jsx kt lock log lua md mjs php pl ps py rb rs sh so sql swift tex ts tsx txt vue xml yaml yml zip".split(
    " ",
  ),
);
/** Names that only the own network knows: no certificates there. */
const LOCAL = new Set(["local", "lan", "home", "internal", "localdomain", "test"]);
/** Bytes of UTF-8 that stand for characters of other scripts. */
const ESCAPED = /(?:%[c-f][\da-f](?:%[89ab][\da-f])+)+/gi;
/** Letters that are seen: no mark that an address could be mistaken by, and nothing that turns the line. */
const LETTERS = /^(?!.*\p{DI})[\p{L}\p{M}\p{N}]+$/u;
const CLOSING = { ")": "(", "]": "[", "}": "{" };

/** @param {string} text @returns {Link[]} in their order */
export function linksIn(text) {
  if (!/[.:@/]/.test(text)) return [];
  /** @type {Link[]} */
  const found = [];
  CANDIDATE.lastIndex = 0;
  for (let match = CANDIDATE.exec(text); match; match = CANDIDATE.exec(text)) {
    const link = linkOf(match, text);
    if (!link) continue;
    found.push(link);
    CANDIDATE.lastIndex = link.end;
  }
  return found;
}

/** @param {RegExpExecArray} match @param {string} text @returns {Link | null} */
function linkOf(match, text) {
  const { web, mail } = /** @type {Record<string, string | undefined>} */ (match.groups);
  const before = charBefore(text, match.index);
  if (web) return /[a-z0-9]/i.test(before) ? null : checked(match, before, "");
  if (isWord(before) || "@/.:$\\=&-".includes(before || " ")) return null;
  if (mail) return checked(match, before, /^mailto:/i.test(mail) ? "" : "mailto:");
  const scheme = schemeOf(match, text);
  return scheme ? checked(match, before, scheme) : null;
}

/**
 * @param {RegExpExecArray} match   of a host
 * @param {string} text
 * @returns {string} what to go there by, or "" if it isn't an address
 */
function schemeOf({ 0: whole, index, groups }, text) {
  const { host = "", port = "", path = "" } = /** @type {Record<string, string>} */ (groups);
  if (!path && isPartOfMore(text, index + whole.length)) return "";
  const isExact = Boolean(port) || path.length > 1;
  if (/^\[|^localhost$/i.test(host)) return isExact ? "http://" : "";
  if (/^[\d.]+$/.test(host)) return isAddress(host, port, path) ? "http://" : "";
  if (/^www\./i.test(host)) return "https://";
  const top = host.slice(host.lastIndexOf(".") + 1);
  if (LOCAL.has(top)) return isExact ? "http://" : "";
  if (COMMON.has(top)) return "https://";
  return path.startsWith("/") && path.length > 1 && !FILES.has(top) ? "https://" : "";
}

/**
 * @param {string} text
 * @param {number} end   of a host without a path
 * @returns {boolean} whether it goes on as something else
 */
function isPartOfMore(text, end) {
  const next = charAt(text, end);
  return isWord(next) || /[@(\\=-]/.test(next) || (next === "." && isWord(charAt(text, end + 1)));
}

/**
 * @param {string} host   four numbers
 * @param {string} port
 * @param {string} path
 * @returns {boolean} whether it is an address of a machine, and no version or range
 */
function isAddress(host, port, path) {
  if (host.split(".").some((part) => Number(part) > 255) || /^\/\d{1,2}\b/.test(path)) return false;
  return Boolean(port || path) || /^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(host);
}

/**
 * @param {RegExpExecArray} match
 * @param {string} before   the character before it
 * @param {string} scheme   that it lacks
 * @returns {Link | null}
 */
function checked({ 0: whole, index }, before, scheme) {
  const text = trimmed(whole, before);
  const href = scheme + text;
  return isSafe(href) ? { start: index, end: index + text.length, href } : null;
}

/**
 * @param {string} text   of an address
 * @param {string} before
 * @returns {string} without the sentence's own marks at its end
 */
function trimmed(text, before) {
  let kept = balanced(text.replace(/[,;]https?:\/\/.*$/is, ""));
  if (before === "_") kept = kept.replace(/_+$/, "");
  kept = kept.replace(/[.,:;!?'*~|]+$/, "");
  return kept;
}

/** @param {string} text @returns {string} up to a bracket that closes what was opened before it */
function balanced(text) {
  /** @type {string[]} */
  const open = [];
  for (let i = 0; i < text.length; i += 1) {
    const opener = CLOSING[/** @type {keyof typeof CLOSING} */ (text[i])];
    if ("([{".includes(text[i])) open.push(text[i]);
    else if (opener && open.pop() !== opener) return text.slice(0, i);
  }
  return text;
}

/**
 * @param {string} address   as browsers copy it
 * @returns {string} as people read it: «…/wiki/Кофе» for «…/wiki/%D0%9A%D0%BE%D1%84%D0%B5»; it leads to the same place
 */
export function readable(address) {
  try {
    decodeURIComponent(address);
  } catch {
    return address; // not UTF-8
  }
  return address.replace(ESCAPED, (bytes) => {
    const letters = decodeURIComponent(bytes);
    return LETTERS.test(letters) ? letters : bytes;
  });
}

/** @param {string} href @returns {boolean} whether a browser takes it for an address of the web or of mail */
function isSafe(href) {
  try {
    const { protocol, hostname, pathname } = new URL(href); // URL.canParse is too new for some browsers
    return protocol === "mailto:" ? pathname.includes("@") : /^https?:$/.test(protocol) && hostname !== "";
  } catch {
    return false;
  }
}
