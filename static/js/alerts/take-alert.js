/**
 * Which of several tabs of a room gives an alert. Each alert of a message is taken once, and how far the tabs have told
 * of the room is kept where all of them see it, as they may hear of a message at quite different times.
 *
 * @import {Position, WireMessage} from "../types.js"
 *
 * @typedef {"sound" | "notice"} Alert
 * @typedef {object} News
 * @property {WireMessage} message   to be told: one from outside has no seq, and each server its own time of it
 * @property {number} upTo   the newest seq that came with it; it tells of all of them
 * @property {boolean} isForMe
 * @property {number} at   when it came (as `Date.now()`)
 */

import { stored } from "../base-path.js";
import { sleep } from "../sleep.js";
import { loadJson, save } from "../storage/web-storage.js";

/** Shortest time between two sounds or notices (ms). */
export const INTERVAL = 2_000;
/** By then all tabs that are connected have heard of a message (ms). */
const TAKEN_FOR = 10_000;
/** By then what one tab has stored is seen in the others (ms). */
const SEEN_BY = 100;
/** A tab that the browser has suspended may keep the others waiting for so long (ms). */
const WAITS_AT_MOST = 3_000;

/** What this tab has taken. @type {Set<string>} */
const taken = new Set();

/**
 * @param {string} what
 * @returns {Promise<boolean>} whether no other tab has taken it; none is known without a secure context, or where the
 *   browser denies the page its storage
 */
const take = (what) =>
  new Promise((done) => {
    if (!navigator.locks || taken.has(what)) return done(true);
    const taking = navigator.locks.request(stored(`wschat-${what}`), { ifAvailable: true }, (lock) => {
      done(lock !== null);
      if (!lock) return;
      taken.add(what);
      return sleep(TAKEN_FOR).finally(() => taken.delete(what));
    });
    taking.catch(() => done(true));
  });

/** @param {Alert} alert @param {string} room */
const keyOf = (alert, room) => `wschat.told-${alert}.${room}`;

/**
 * @param {Alert} alert
 * @param {string} room
 * @returns {Position & {passed: number, at: number}} how far it was told in all tabs, up to which seq what came soon
 *   after that was passed over, and when what was told last had come
 */
function toldUpTo(alert, room) {
  const { epoch = "", seq, passed, at } = loadJson(keyOf(alert, room)) ?? {};
  return { epoch, seq: Number(seq) || 0, passed: Number(passed) || 0, at: Number(at) || 0 };
}

/**
 * @param {Alert} alert
 * @param {WireMessage} message
 * @param {string} room
 * @returns {boolean} whether a tab has given this alert of it, or of newer ones, or has passed it over
 */
export function isTold(alert, { seq, epoch }, room) {
  const told = toldUpTo(alert, room);
  return Boolean(seq) && told.epoch === epoch && Math.max(told.seq, told.passed) >= (seq ?? 0);
}

/**
 * @param {Alert} alert
 * @param {News} news
 * @param {string} room
 * @returns {boolean} whether it is to be told now
 */
function tells(alert, { message, upTo, isForMe, at }, room) {
  const { epoch } = message;
  const told = toldUpTo(alert, room);
  const isSameLog = told.epoch === epoch;
  // What was passed over meanwhile may be newer than a mention, which is told all the same.
  if (isSameLog && told.seq >= (message.seq ?? 0)) return false;
  const isSoon = !isForMe && Math.abs(at - told.at) < INTERVAL; // tabs don't ask in the order in which they heard
  const seq = isSameLog ? Math.max(told.seq, upTo) : upTo;
  const passed = isSameLog ? told.passed : 0;
  save(keyOf(alert, room), JSON.stringify({ epoch, seq, passed, at: isSoon ? told.at : at }));
  return !isSoon;
}

/**
 * @param {Alert} alert
 * @param {News} news
 * @param {string} room
 * @returns {Promise<boolean>} whether this tab is to tell it: one tab after the other asks
 */
const inTurn = (alert, news, room) =>
  new Promise((done) => {
    const ask = () => done(tells(alert, news, room));
    if (!navigator.locks) return ask();
    const signal = AbortSignal.timeout(WAITS_AT_MOST);
    const asking = navigator.locks.request(stored(keyOf(alert, room)), { signal }, () => {
      ask();
      return sleep(SEEN_BY);
    });
    asking.catch(ask);
  });

/**
 * @param {Alert} alert
 * @param {News} news
 * @param {string} room
 * @returns {Promise<boolean>} whether this tab is the one that gives this alert
 */
export async function takeAlert(alert, news, room) {
  const { seq, epoch, from, text } = news.message;
  const isTaken = await take(`${room}-${alert}-${seq ? `${epoch}-${seq}` : `${from.name}-${text}`}`);
  return isTaken && (!seq || inTurn(alert, news, room));
}

/** What this tab didn't tell, as it had told of another a moment before. @type {Map<Alert, WireMessage>} */
const passed = new Map();

/**
 * @param {Alert} alert
 * @param {WireMessage} message   that came so soon after another one that the alert of that is enough
 * @param {string} room
 */
export function passOver(alert, message, room) {
  if (!message.seq) return;
  if (!passed.has(alert)) setTimeout(() => savePassed(alert, room), INTERVAL);
  passed.set(alert, message);
}

/** @param {Alert} alert @param {string} room */
function savePassed(alert, room) {
  const message = passed.get(alert);
  passed.delete(alert);
  if (!message || isTold(alert, message, room)) return;
  const told = toldUpTo(alert, room);
  const seq = told.epoch === message.epoch ? told.seq : 0;
  save(keyOf(alert, room), JSON.stringify({ epoch: message.epoch, seq, passed: message.seq, at: told.at }));
}
