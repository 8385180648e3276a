/**
 * What moderators have done, and what went wrong, in sentences.
 *
 * @import {TermAct} from "../types.js"
 */
import { duration, termText } from "./durations.js";
import { isolate, t, tOr } from "./i18n.js";

/** @param {number} seconds   0: everything @returns {string} «за последний час», «все» */
export const spanText = (seconds) => tOr(`span-${seconds}`, "span-other", { time: duration(seconds) });

/**
 * @param {TermAct} act
 * @param {string} name
 * @param {number} seconds
 * @returns {string} what was done: «Удалены все сообщения. Автор: Борис»
 */
export function barredText(act, name, seconds) {
  const term = act === "erase" ? spanText(seconds) : termText(seconds);
  return t(`act-${act}`, { name: isolate(name), term, all: String(!seconds) });
}

/** @param {{code: string, limit?: number}} error @returns {string} */
export const moderationErrorText = ({ code, limit = 0 }) =>
  tOr(`moderation-error-${code}`, "moderation-error-other", { limit });
