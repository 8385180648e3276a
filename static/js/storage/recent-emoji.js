/** The emoji that were picked last, in any room. */
import { loadJson, save } from "./web-storage.js";

const KEY = "wschat.emoji";
const KEPT = 16;

/** @returns {string[]} the latest first */
export function recentEmoji() {
  const kept = loadJson(KEY);
  return Array.isArray(kept) ? kept.filter((each) => typeof each === "string").slice(0, KEPT) : [];
}

/** @param {string} emoji   that was picked */
export function keepRecent(emoji) {
  const recent = [emoji, ...recentEmoji().filter((each) => each !== emoji)];
  save(KEY, JSON.stringify(recent.slice(0, KEPT)));
}
