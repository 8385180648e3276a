/**
 * The rooms that somebody was in with this browser: when, and how much is unread there as far as a tab of
 * that room knows. A page is connected to one room only, so what came to a room after its last tab was closed
 * isn't counted.
 *
 * @import {State} from "../types.js"
 */
import { MAIN_ROOM } from "../base-path.js";
import { t } from "../i18n/i18n.js";
import { fold } from "../text/fold.js";
import { loadJson, save } from "./web-storage.js";

const KEY = "wschat.rooms";
const KEPT = 50;
/** In a flood the number is kept this often (ms). */
const SAVE_EVERY = 1_000;

/** @typedef {{room: string, at: number, unread: number}} Visited   `at`: of the last visit (ms) */

/** @returns {Visited[]} the latest first */
export function visitedRooms() {
  const kept = loadJson(KEY);
  if (!Array.isArray(kept)) return [];
  const sound = kept.filter((each) => typeof each?.room === "string" && each.at > 0);
  return sound.sort((a, b) => b.at - a.at);
}

/** @param {Visited} visited */
function keep(visited) {
  const others = visitedRooms().filter(({ room }) => room !== visited.room);
  save(KEY, JSON.stringify([visited, ...others].slice(0, KEPT)));
}

/** @param {string} room @returns {string} what the page calls it */
export const shownName = (room) => (room === MAIN_ROOM ? t("room-main") : room);

/**
 * @param {Visited[]} rooms
 * @param {string} query
 * @returns {Visited[]} those whose name has the query in it, first those that begin with it
 */
export function matchingRooms(rooms, query) {
  const wanted = fold(query.trim());
  const names = (/** @type {Visited} */ { room }) => [fold(room), fold(shownName(room))];
  const found = rooms.filter((each) => names(each).some((name) => name.includes(wanted)));
  const begins = (/** @type {Visited} */ each) => names(each).some((name) => name.startsWith(wanted));
  return [...found.filter(begins), ...found.filter((each) => !begins(each))];
}

/**
 * @param {object} chat   whose room is kept, with what is unread in it, as long as this tab is open
 * @param {State} chat.state
 * @param {(listener: (state: State, before: State) => void) => unknown} chat.listen
 */
export function keepRoom(chat) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let at = Date.now();
  const saveNow = () => {
    timer = undefined;
    keep({ room: chat.state.room, at, unread: chat.state.unread.count });
  };
  saveNow();
  chat.listen((state, before) => {
    if (state.unread.count !== before.unread.count && !timer) timer = setTimeout(saveNow, SAVE_EVERY);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) at = Date.now();
    saveNow();
  });
  addEventListener("pagehide", saveNow);
}
