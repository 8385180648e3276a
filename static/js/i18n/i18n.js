/**
 * The texts of the page, from static/i18n/<language>.ftl, and dates and numbers formatted for that language.
 */
import { FluentBundle, FluentResource } from "../../vendor/vendor.js";
import { MAIN_ROOM } from "../base-path.js";
import { graphemes } from "../text/graphemes.js";

/** @typedef {"ru" | "en"} Lang */

/** Each language by its own name. */
export const LANGUAGES = { ru: "Русский", en: "English" };
/** @type {Lang[]} */
export const LANGS = ["ru", "en"];

/** @type {FluentBundle} */
let bundle = new FluentBundle("ru");
/** @type {Lang} */
let lang = "ru";
/** @type {Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.Collator | Intl.ListFormat>} */
let formats = new Map();
/**
 * The language whose texts are here, and the one that was wanted last.
 *
 * @type {{loaded: Lang | "", wanted: Lang | ""}}
 */
const texts = { loaded: "", wanted: "" };

/** @type {Set<() => void>} */
const listeners = new Set();

export const language = () => lang;

/**
 * @param {() => void} listener   called when texts or dates look different: in another language or time zone
 * @returns {() => void} removes it
 */
export function onLanguage(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** @param {string} tag   such as "en-GB" @returns {Lang | undefined} */
const langOf = (tag) => LANGS.find((each) => each === tag.split("-")[0]);

/**
 * @param {string} chosen   by the person, or "": the server's default; "auto": the first of the browser's
 *   that the page has
 * @returns {Lang}
 */
export function languageFor(chosen) {
  const wanted = chosen || document.documentElement.dataset.lang || "ru";
  if (wanted !== "auto") return langOf(wanted) ?? "ru";
  return navigator.languages?.map(langOf).find(Boolean) ?? "en";
}

/** What is shorter is a label, and fits on the line of a phone. */
const SENTENCE = /(?<= = |\] ).{36,}/g;
/** A short word of Russian («в», «на», «не») or a number never ends a line; a dash never begins one. */
const TIED = /(?<=(?<![-\p{L}\u00A0])(?:[а-яё]{1,2}|\d+)) (?=[\p{L}{«])| (?=—)/giu;

/**
 * @param {string} texts   of an .ftl file
 * @returns {string} with spaces that don't break where a line mustn't
 */
const tied = (texts) => texts.replace(SENTENCE, (sentence) => sentence.replace(TIED, "\u00A0"));

/**
 * @param {Lang} wanted
 * @returns {Promise<boolean>} false: by now, another one is wanted; rejects if its texts can't be fetched
 */
export async function loadLanguage(wanted) {
  texts.wanted = wanted;
  if (wanted === texts.loaded) return true;
  const answer = await fetch(new URL(`../../i18n/${wanted}.ftl`, import.meta.url));
  if (!answer.ok) throw new Error(`no texts in ${wanted}`);
  // Fluent would isolate numbers as well; `isolate` does it for names alone.
  const next = new FluentBundle(wanted, { useIsolating: false });
  next.addResource(new FluentResource(tied(await answer.text())));
  if (wanted !== texts.wanted) return false;
  bundle = next;
  lang = wanted;
  texts.loaded = wanted;
  formats = new Map();
  document.documentElement.lang = wanted;
  for (const listener of listeners) listener();
  return true;
}

/** How far the local time is from UTC (min). Formats keep the time zone that they were made in. */
let zone = new Date().getTimezoneOffset();

/** @returns {number} which changes with the time zone, on the way or twice a year */
export const timeZone = () => zone;

globalThis.document?.addEventListener("visibilitychange", () => {
  const now = new Date().getTimezoneOffset();
  if (now === zone) return;
  zone = now;
  formats = new Map();
  for (const listener of listeners) listener();
});

/**
 * @param {string} id   of a message in the .ftl files
 * @param {Record<string, string | number>} [args]
 * @returns {string}
 */
export function t(id, args) {
  const message = bundle.getMessage(id);
  return message?.value ? bundle.formatPattern(message.value, args) : id;
}

/**
 * @param {string} id   of a message that may not be there
 * @param {string} other   that is said then
 * @param {Record<string, string | number>} [args]   of either
 * @returns {string}
 */
export const tOr = (id, other, args) => t(bundle.hasMessage(id) ? id : other, args);

/**
 * @param {{length: number} | undefined} pictures   of a message
 * @param {string} text
 * @returns {string} «Картинка. Смотрите, кот»
 */
export const withPictures = (pictures, text) =>
  [pictures && t("pictures", { n: pictures.length }), text].filter(Boolean).join(". ");

/**
 * @param {{code: string, suggestion?: string}} refusal   a taken name without a suggestion is reserved
 * @param {{limit: number, name: string}} asked   limit: longest name (characters)
 * @returns {string}
 */
export function refusalText({ code, suggestion }, { limit, name }) {
  const id = code === "name_taken" && !suggestion ? "refused-name_reserved" : `refused-${code}`;
  return tOr(id, "refused-other", { limit: number(limit), name: isolate(name) });
}

/** @param {string} [code]   what went wrong @returns {string} what is said of a post that failed */
export const failureText = (code = "") => tOr(`post-${code}`, "post-failed");

/** @param {string} room @returns {string} «Чат», «кухня — Чат» */
export const titleOf = (room) =>
  room === MAIN_ROOM ? t("app") : `${RUNS_LEFT.test(room) ? isolate(room) : room} — ${t("app")}`;

/** Letters that are written from the right. */
const RUNS_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** @param {string[]} names @returns {string} «Аня, Борис и Вера» */
export const list = (names) => format("list", () => new Intl.ListFormat(lang)).format(names.map(isolate));

/** @param {string} name @returns {string} with marks that isolate it from the text direction around it */
export const isolate = (name) => `\u2068${name}\u2069`;

/**
 * @template {Intl.DateTimeFormat | Intl.NumberFormat | Intl.Collator | Intl.ListFormat} T
 * @param {string} key
 * @param {() => T} make
 * @returns {T} made once for each language: making it costs more than using it
 */
function format(key, make) {
  const known = formats.get(key);
  if (known) return /** @type {T} */ (known);
  const made = make();
  formats.set(key, made);
  return made;
}

/** @param {number} value */
export const number = (value) => format("number", () => new Intl.NumberFormat(lang)).format(value);

/**
 * @returns {string} the browser's own locale of the page's language, which knows whether its day has 12 hours
 *   or 24
 */
export const dateLocale = () =>
  navigator.languages?.find((each) => each.split("-")[0] === lang && isLocale(each)) ?? lang;

/**
 * @param {string} tag
 * @returns {boolean} a browser may name the system's own, as en-US@posix, which Intl doesn't take
 */
function isLocale(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

/** @type {Intl.DateTimeFormatOptions} */
const CLOCK = { hour: "numeric", minute: "2-digit" };
/** @type {Intl.DateTimeFormatOptions} */
const DATE_AND_CLOCK = { day: "2-digit", month: "2-digit", year: "numeric", ...CLOCK };

const clockFormat = () => format("clock", () => new Intl.DateTimeFormat(dateLocale(), CLOCK));

/** @param {Date} date @returns {string} «12:00», “4:51 PM” */
export const clock = (date) => clockFormat().format(date);

/** @param {Date} date @returns {string} «03.11.2026, 12:00», “11/03/2026, 4:51 PM”: all of one country */
export const dateAndClock = (date) =>
  format("date-and-clock", () => new Intl.DateTimeFormat(dateLocale(), DATE_AND_CLOCK)).format(date);

/**
 * @param {Date} date
 * @returns {string} the same for a narrow place: “4:51”, whatever half of the day it is
 */
export function shortClock(date) {
  return clockFormat()
    .formatToParts(date)
    .filter(({ type }) => type !== "dayPeriod")
    .map(({ value }) => value)
    .join("")
    .trim();
}

/** @param {Date} date @returns {string} date and time in full, for a title */
export const moment = (date) =>
  format(
    "moment",
    () => new Intl.DateTimeFormat(dateLocale(), { dateStyle: "long", timeStyle: "medium" }),
  ).format(date);

/** @param {Date} date @returns {string} one string for each local day */
export const dayKey = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;

/** @param {Date} date @param {Date} today @returns {string} «Сегодня», «Вчера», «понедельник, 2 марта» */
export function day(date, today) {
  if (dayKey(date) === dayKey(today)) return t("day-today");
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (dayKey(date) === dayKey(yesterday)) return t("day-yesterday");
  const sameYear = date.getFullYear() === today.getFullYear();
  const style = /** @type {Intl.DateTimeFormatOptions} */ ({
    day: "numeric",
    month: "long",
    weekday: "long",
  });
  if (!sameYear) Object.assign(style, { weekday: undefined, year: "numeric" });
  return format(`day-${sameYear}`, () => new Intl.DateTimeFormat(dateLocale(), style)).format(date);
}

/**
 * @param {string} text
 * @param {number} longest
 * @returns {string} its beginning, which ends with a whole letter or emoji
 */
export function cutText(text, longest) {
  if (text.length <= longest) return text;
  let end = 0;
  for (const { index, segment } of graphemes(text.slice(0, longest + LONGEST_GRAPHEME))) {
    if (index + segment.length > longest) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}…`;
}

/** A family of emoji has a dozen characters; what is longer than this isn't read as one letter. */
const LONGEST_GRAPHEME = 64;

/** @param {string} a @param {string} b */
export const compare = (a, b) =>
  format("names", () => new Intl.Collator(lang, { sensitivity: "base", numeric: true })).compare(a, b);
