/**
 * Notifications while the page isn't visible: a number in the title, a mark on the icon and, if switched on,
 * a sound and a desktop notice.
 *
 * @import {Names} from "../text/names.js"
 * @import {State, WireMessage} from "../types.js"
 * @import {Alert, News} from "./take-alert.js"
 */

import { MAIN_ROOM, stored } from "../base-path.js";
import { cutText, isolate, titleOf, withPictures } from "../i18n/i18n.js";
import { sleep } from "../sleep.js";
import { messageAt } from "../state/changes.js";
import { prefs } from "../storage/prefs.js";
import { mentions } from "../text/markup.js";
import { plainText } from "../text/plain.js";
import { beep, isAllowed, mayPlay, READ_BY } from "./sound.js";
import { INTERVAL, isTold, passOver, takeAlert } from "./take-alert.js";

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
/** A page that is looked at does nothing for longer at once (ms). */
const SLICE = 8;

let notifiedAt = -INTERVAL;

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

/**
 * @typedef {object} Shown   a desktop notice
 * @property {number} [seq]
 * @property {string} [epoch]
 * @property {string} text
 * @property {() => Promise<{close: () => void}[]>} open   what of it the desktop still shows
 */

/** The last one, which says what its message says. @type {Shown | undefined} */
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
async function showNotice({ seq, epoch, from, text = "", pictures }, room, isSilent = false) {
  // The same tag takes the place of the notice before; without `renotify` that happens in silence.
  const tag = stored(`wschat-${room}`);
  const body = cutText(withPictures(pictures, plainText(text)), MAX_LENGTH);
  const data = location.href.split("#")[0];
  const options = { data, body, tag, renotify: !isSilent, silent: isSilent || undefined, icon: NOTICE_ICON };
  const title = noticeTitle(from.name, room);
  try {
    const notice = new Notification(title, options);
    const mine = { seq, epoch, text, open: async () => [notice] };
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
    shown = { seq, epoch, text, open: async () => (await showing)?.getNotifications({ tag }) ?? [] };
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
  if (shown?.seq && shown.epoch !== state.position?.epoch) return forget(); // its log is gone
  const message = shown?.seq && messageAt(state, shown.seq);
  if (!shown || !message || message.text === shown.text) return;
  if (message.deleted) return forget();
  const { epoch } = shown;
  const isOpen = (await shown.open()).length > 0;
  if (isOpen && shown?.seq === message.seq) await showNotice({ ...message, epoch }, state.room, true);
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

/** What is to be told by a sound next. @type {News | undefined} */
let next;
let isTelling = false;

/**
 * Tells by a sound, one at a time: of what comes meanwhile, the newest. A tab that may not play takes none: another one
 * may come back later.
 *
 * @param {News} news
 * @param {() => State} current
 */
async function tellBySound(news, current) {
  next = news;
  if (isTelling) return;
  isTelling = true;
  try {
    while (next && (await mayPlay())) {
      const { message, at } = next;
      const isTaken = !isOver(message, current()) && takeAlert("sound", next, current().room);
      next = undefined;
      if (await isTaken) beep(at);
    }
  } finally {
    next = undefined;
    isTelling = false;
  }
}

/** @param {News} news @param {() => State} current */
async function tellByNotice(news, current) {
  const { message } = news;
  const { room } = current();
  if (isOver(message, current()) || !(await takeAlert("notice", news, room))) return;
  const latest = (message.seq && messageAt(current(), message.seq)) || message;
  if (!isLookedAt() && noticesHere() === "ready") await showNotice({ ...latest, epoch: message.epoch }, room);
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
    await sleep(0);
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
    // Where no sound was played, another tab may play one of this.
    for (const alert of alerts) if (alert !== "sound" || isAllowed()) passOver(alert, message, room);
    return;
  }
  notifiedAt = now;
  await sleep(READ_BY);
  if (isOver(message, current()) && notifiedAt === now) notifiedAt = -INTERVAL;
  if (alerts.includes("sound")) void tellBySound(news(message, Boolean(forMe)), current);
  if (alerts.includes("notice")) void tellByNotice(news(message, Boolean(forMe)), current);
}
