/** Times that lie ahead, as the room's rules set them: how long something lasts, and when it is over. */
import { clock, dateLocale, dayKey, language, t, tOr } from "./i18n.js";

const MINUTE = 60;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The units of durations (s), the largest first. @type {[string, number][]} */
const UNITS = [
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
  ["second", 1],
];

/**
 * @param {number} seconds
 * @returns {string} in the largest unit that says it well enough: «30 с», «5 мин», «24 ч», «365 дней», “30 seconds”
 */
export function duration(seconds) {
  const says = (/** @type {number} */ size) => seconds % size === 0 || seconds >= 10 * size;
  const [unit, size] = /** @type {[string, number]} */ (
    UNITS.find(([unit, size]) => says(size) && (unit !== "day" || seconds > DAY)) ?? UNITS[3]
  );
  // In Russian, minutes and hours in words would need the case of the sentence around them.
  const unitDisplay = unit === "day" || language() === "en" ? "long" : "short";
  const format = new Intl.NumberFormat(language(), { style: "unit", unit, unitDisplay });
  return format.format(Math.round(seconds / size)).replace(" ", "\u00A0"); // they never part at the end of a line
}

/** @param {number} part */
const twoDigits = (part) => String(part).padStart(2, "0");

/** @param {number} seconds   whole ones @returns {string} «0:24», «9:58», «23:59:00» */
export function timeLeft(seconds) {
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE)];
  const rest = twoDigits(seconds % MINUTE);
  return hours ? `${hours}:${twoDigits(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Within this time (ms) a bare clock time can't be mistaken for another day's. */
const SOON = 6 * HOUR * 1000;

/**
 * @param {Date} date
 * @param {Date} [now]
 * @returns {string} «14:05», «завтра, 14:05», “tomorrow at 2:05 PM”, «25 ноября, 14:05», «25 ноября 2027 г., 14:05»
 */
export function momentOf(date, now = new Date()) {
  const ahead = date.getTime() - now.getTime();
  if (dayKey(date) === dayKey(now) || (ahead > 0 && ahead < SOON)) return clock(date);
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  if (dayKey(date) === dayKey(tomorrow)) return t("tomorrow-at", { clock: clock(date) });
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  const options = /** @type {const} */ ({ day: "numeric", month: "long", year });
  return `${new Intl.DateTimeFormat(dateLocale(), options).format(date)}, ${clock(date)}`;
}

/** @param {number} seconds @returns {string} the moment that lies so far ahead */
export const momentIn = (seconds) => momentOf(new Date(Date.now() + seconds * 1000));

/** @param {number} seconds @returns {string} how often: «раз в минуту», «раз в 5 мин» */
export const interval = (seconds) => tOr(`every-${seconds}`, "every-other", { time: duration(seconds) });

/** @param {number} seconds   0: for good @returns {string} «на 10 минут», «навсегда» */
export const termText = (seconds) => tOr(`term-${seconds}`, "term-other", { time: duration(seconds) });
