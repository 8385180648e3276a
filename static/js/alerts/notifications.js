/**
 * Notifications while the page isn't visible: a number in the title, a mark on the icon and, if switched on,
 * a sound and a desktop notice.
 *
 * @import {Names} from "../text/names.js"
 * @import {State, WireMessage} from "../types.js"
 * @import {Alert, News} from "./take-alert.js"
 */

import { MAIN_ROOM, stored } from "../base-path.js";
import { cutText, isolate, titleOf } from "../i18n/i18n.js";
import { messageAt } from "../state/changes.js";
import { prefs } from "../storage/prefs.js";
import { mentions } from "../text/markup.js";
import { plainText } from "../text/plain.js";
import { INTERVAL, isTold, passOver, pause, takeAlert } from "./take-alert.js";

const ICON = new URL("../../img/icon.svg", import.meta.url).href;
/** Chromium shows no SVG in a notice. */
const NOTICE_ICON = new URL("../../img/icon-192.png", import.meta.url).href;
const UNREAD_ICON = new URL("../../img/icon-unread.svg", import.meta.url).href;
const link = /** @type {HTMLLinkElement | null} */ (
  globalThis.document?.querySelector?.("link[rel=icon]") ?? null
);
const quietIcon = link?.href ?? ICON;
/** Longest text in a notice (characters). */
const MAX_LENGTH = 200;
/** By then a tab that the person reads in has said how far: it waits half a second (ms). */
const READ_BY = 700;
/** After so much more, a tab that may play sounds has taken that of a message (ms). */
const PLAYED_BY = 2_000;
/** A page that is looked at does nothing for longer at once (ms). */
const SLICE = 8;

let notifiedAt = -INTERVAL;
/** @type {AudioContext | undefined} */
let audio;

/** @param {number} unread @param {string} app @returns {string} «(3) Чат» */
export const titled = (unread, app) => (unread ? `(${unread > 99 ? "99+" : unread}) ${app}` : app);

/**
 * @param {State} state   puts its number of unread messages into the title, and a mark on the icon; the
 *   notice of what was read goes
 */
export function markUnread({ room, unread: { count } }) {
  if (!count) void forget();
  document.title = titled(count, titleOf(room));
  const href = count ? UNREAD_ICON : quietIcon;
  if (link && link.href !== href) link.href = href;
}

/**
 * @returns {"ready" | "ask" | "denied" | "insecure" | "missing"} whether this browser can show desktop
 *   notices; if not, why
 */
export function noticesHere() {
  if (!isSecureContext) return "insecure";
  if (!("Notification" in globalThis)) return "missing";
  if (Notification.permission === "granted") return "ready";
  return Notification.permission === "denied" ? "denied" : "ask";
}

/** @returns {Promise<boolean>} whether the person allows desktop notices; the browser asks if it doesn't know */
export const allowNotices = async () =>
  noticesHere() === "ready" || (await Notification.requestPermission()) === "granted";

/** The browser plays no sound before the person has pressed something in the page. */
let isBlocked = false;
/** @returns {boolean} whether it does by now; Firefox before 120 doesn't say */
const mayPlay = () => (audio ? audio.state === "running" : (navigator.userActivation?.hasBeenActive ?? true));

/** A sound that the browser doesn't allow by then (ms) would be of something else than what it told of. */
const PLAYED_WITHIN = 2_000;
/** When the last sound was wanted. */
let beepedAt = 0;

/** Plays two short tones. While the browser doesn't allow it, only the last call counts. */
export function beep() {
  beepedAt = performance.now();
  audio ??= new AudioContext();
  if (audio.state === "running") play(audio);
  else if (!isBlocked) void playWhenAllowed(audio);
}

/** @param {AudioContext} audio */
async function playWhenAllowed(audio) {
  isBlocked = true;
  const wake = () => void audio.resume().catch(() => undefined);
  const events = ["pointerdown", "pointerup", "keydown"];
  for (const type of events) addEventListener(type, wake, { capture: true });
  await audio.resume().catch(() => undefined);
  for (const type of events) removeEventListener(type, wake, { capture: true });
  isBlocked = false;
  if (performance.now() - beepedAt < PLAYED_WITHIN) play(audio);
}

/** @param {AudioContext} audio */
function play(audio) {
  const start = audio.currentTime;
  for (const [i, frequency] of [660, 880].entries()) {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const at = start + i * 0.09;
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.12, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.14);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.15);
  }
}

/**
 * The desktop notice that was shown last, which says what its message says.
 *
 * @type {{seq?: number, text: string, open: () => Promise<{close: () => void}[]>} | undefined}   open: what
 *   of it the desktop still shows
 */
let shown;

/** What was read, or deleted, is shown no longer. */
async function forget() {
  const notice = shown;
  shown = undefined;
  for (const each of (await notice?.open()) ?? []) each.close();
}

/**
 * @param {WireMessage} message
 * @param {string} room
 * @param {boolean} [isSilent]   it takes the place of one of the same message
 */
async function showNotice({ seq, from, text = "" }, room, isSilent = false) {
  // The same tag takes the place of the notice before; without `renotify` that happens in silence.
  const tag = stored(`wschat-${room}`);
  const body = cutText(plainText(text), MAX_LENGTH);
  const data = location.href.split("#")[0];
  const options = { data, body, tag, renotify: !isSilent, silent: isSilent || undefined, icon: NOTICE_ICON };
  const title = noticeTitle(from.name, room);
  try {
    const notice = new Notification(title, options);
    const mine = { seq, text, open: async () => [notice] };
    shown = mine;
    notice.addEventListener("click", () => {
      window.focus();
      notice.close();
    });
    notice.addEventListener("close", () => {
      if (shown === mine) shown = undefined;
    });
  } catch {
    // Browsers on phones show notices only through the service worker.
    const showing = showByWorker(title, options).catch(() => undefined);
    // The page isn't told when one of these is dismissed. It may be read before it is there.
    shown = { seq, text, open: async () => (await showing)?.getNotifications({ tag }) ?? [] };
  }
}

/**
 * @param {string} title
 * @param {NotificationOptions} options
 * @returns {Promise<ServiceWorkerRegistration | undefined>}
 */
async function showByWorker(title, options) {
  const worker = await navigator.serviceWorker?.getRegistration();
  await worker?.showNotification(title, options);
  return worker;
}

/** @param {State} state   in which the message of the last notice may have been edited or deleted */
export async function followNotice(state) {
  const message = shown?.seq && messageAt(state, shown.seq);
  if (!shown || !message || message.text === shown.text) return;
  if (message.deleted) return forget();
  const isOpen = (await shown.open()).length > 0;
  if (isOpen && shown?.seq === message.seq) await showNotice(message, state.room, true);
}

const isLookedAt = () => !document.hidden && document.hasFocus();

/** @param {string} name @param {string} room @returns {string} «Анна», «Анна · кухня» */
export const noticeTitle = (name, room) =>
  room === MAIN_ROOM ? name : `${isolate(name)} · ${isolate(room)}`;

/**
 * @param {WireMessage} message
 * @param {State} state
 * @returns {boolean} whether it was read, here or in another tab, or is gone
 */
function isOver({ seq, epoch }, state) {
  if (state.watching || !seq) return state.watching;
  return epoch !== state.position?.epoch || state.read >= seq || messageAt(state, seq)?.deleted === true;
}

/** @returns {Alert[]} those that the person wants */
function wanted() {
  const { sound, desktop } = prefs();
  return [
    ...(sound ? /** @type {const} */ (["sound"]) : []),
    ...(desktop ? /** @type {const} */ (["notice"]) : []),
  ];
}

/** @param {News} news @param {() => State} current */
async function tellBySound(news, current) {
  if (!mayPlay()) await pause(PLAYED_BY);
  if (!isOver(news.message, current()) && (await takeAlert("sound", news, current().room))) beep();
}

/** @param {News} news @param {() => State} current */
async function tellByNotice(news, current) {
  const { message } = news;
  const { room } = current();
  if (isOver(message, current()) || !(await takeAlert("notice", news, room))) return;
  const latest = (message.seq && messageAt(current(), message.seq)) || message;
  if (!isLookedAt() && noticesHere() === "ready") await showNotice(latest, room);
}

/**
 * @param {WireMessage[]} messages   perhaps hundreds that were missed
 * @param {State} state
 * @param {Names} names
 * @returns {Promise<WireMessage | undefined>} the newest that is for the reader
 */
async function newestForMe(messages, { me }, names) {
  let began = performance.now();
  for (const each of [...messages].reverse()) {
    if ((each.reply && each.reply.from.id === me?.id) || mentions(each.text ?? "", names)) return each;
    // A page that is looked at still answers keys; one that is hidden would be held up by its slow timers.
    if (document.hidden || performance.now() - began < SLICE) continue;
    await pause(0);
    began = performance.now();
  }
  return undefined;
}

/**
 * Of all tabs of the room, one gives each alert of a message, and none if it is read in one of them. Of several
 * messages that come together, the newest that is for the reader calls, or else the newest. A message without a seq is
 * never said to be read: a tab in which the person sees it takes its alerts at once.
 *
 * @param {WireMessage[]} messages   new ones, perhaps among changes
 * @param {() => State} current   the state by now
 * @param {Names} names   that they may mention
 */
export async function notify(messages, current, names) {
  const { me, room, watching } = current();
  const at = Date.now();
  const alerts = wanted();
  const news = (/** @type {WireMessage} */ message, isForMe = false) => {
    return { message, upTo: others.at(-1)?.seq ?? 0, isForMe, at };
  };
  const isOthers = (/** @type {WireMessage} */ each) =>
    each.text !== undefined && (each.from.id === undefined || each.from.id !== me?.id);
  const others = messages
    .filter(isOthers)
    .filter((each) => alerts.some((alert) => !isTold(alert, each, room)));
  if (watching) {
    for (const each of others.filter(({ outside }) => outside))
      for (const alert of alerts) void takeAlert(alert, news(each), room);
    return;
  }
  const forMe = await newestForMe(others, current(), names);
  const message = forMe ?? others.at(-1);
  if (!message) return;
  const now = performance.now();
  if (now - notifiedAt < INTERVAL && !forMe) {
    for (const alert of alerts) passOver(alert, message, room);
    return;
  }
  notifiedAt = now;
  await pause(READ_BY);
  if (isOver(message, current()) && notifiedAt === now) notifiedAt = -INTERVAL;
  if (alerts.includes("sound")) void tellBySound(news(message, Boolean(forMe)), current);
  if (alerts.includes("notice")) void tellByNotice(news(message, Boolean(forMe)), current);
}
