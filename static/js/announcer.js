/**
 * Announces new messages to screen readers, at most one sentence a second. Messages that arrive faster are
 * counted.
 *
 * @import {State, WireMessage} from "./types.js"
 */
import { cutText, isolate, number, t } from "./i18n.js";
import { plainText } from "./text/plain.js";

/** Time between two announcements (ms). */
const INTERVAL = 1_000;
/** Only the beginning of a long message is read out (characters). */
const MAX_LENGTH = 300;

/** @type {{name: string, text: string}[]} */
let pending = [];
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {{name: string, text: string}[]} messages @returns {string} one sentence for all of them */
export function sentence(messages) {
  if (messages.length > 1) return t("announce-many", { n: messages.length, count: number(messages.length) });
  const [{ name, text }] = messages;
  return t("announce", { name: isolate(name), text: cutText(plainText(text), MAX_LENGTH) });
}

function announcePending() {
  timer = undefined;
  if (!pending.length) return;
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = sentence(pending);
  pending = [];
  timer = setTimeout(announcePending, INTERVAL);
}

/** @param {WireMessage} message   a new one @param {State} state */
export function announce({ from, text }, { me }) {
  if (text === undefined || (from.id !== undefined && from.id === me?.id)) return;
  pending.push({ name: from.name, text });
  if (!timer) announcePending();
}
