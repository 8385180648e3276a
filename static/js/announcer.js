/**
 * Says new messages to screen readers, at most one sentence a second; what comes faster is counted instead.
 *
 * @import {State, WireMessage} from "./types.js"
 */
import { isolate, number, t } from "./i18n.js";

const EVERY = 1_000;
/** A long message is begun, not read out whole. */
const LONGEST = 300;

/** @type {{name: string, text: string}[]} */
let waiting = [];
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {{name: string, text: string}[]} messages @returns {string} one sentence for all of them */
export function sentence(messages) {
  if (messages.length > 1) return t("announce-many", { n: messages.length, count: number(messages.length) });
  const [{ name, text }] = messages;
  return t("announce", { name: isolate(name), text: text.slice(0, LONGEST) });
}

function speakUp() {
  timer = undefined;
  if (!waiting.length) return;
  const place = document.getElementById("announcer");
  if (place) place.textContent = sentence(waiting);
  waiting = [];
  timer = setTimeout(speakUp, EVERY);
}

/** @param {WireMessage} message   that has just come @param {State} state */
export function announce({ from, text }, { me }) {
  if (from.id !== undefined && from.id === me?.id) return;
  waiting.push({ name: from.name, text });
  if (!timer) speakUp();
}
