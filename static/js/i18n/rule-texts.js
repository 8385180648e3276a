/**
 * The rules of the room in sentences.
 *
 * @import {Rules, RulesItem} from "../types.js"
 */
import { interval } from "./durations.js";
import { isolate, t } from "./i18n.js";

/** @typedef {Exclude<keyof Rules, "version">} RuleName */

const NAMES = /** @type {const} */ (["slow", "read_only", "locked", "password", "topic"]);

/** @param {RuleName} name @param {Rules} rules @returns {string} «Писать могут только модераторы» */
export function ruleText(name, rules) {
  const value = rules[name];
  return t(`rule-${name}`, {
    on: String(Boolean(value)),
    value: typeof value === "number" ? interval(value) : isolate(String(value)),
  });
}

/** @param {RulesItem} item @returns {string[]} what has changed */
export const changeTexts = ({ rules, before }) =>
  NAMES.filter((name) => rules[name] !== before[name]).map((name) => ruleText(name, rules));
