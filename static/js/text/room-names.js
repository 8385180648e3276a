/** Names of rooms: in addresses, and as people type them. */
import { BASE, MAIN_ROOM } from "../base-path.js";

/** What they can have in them; the server knows where joiners (Persian) and a tsheg (Tibetan) may stand. */
const CHARACTERS = "\\p{L}\\p{M}\\p{N}_\\-\\u200C\\u200D\\u0F0B";
const ROOM = new RegExp(`^[${CHARACTERS}]{1,64}$`, "u");

/** For a field whose text `roomNamed` will read. */
export const ROOM_PATTERN = `(?=.*\\S)[${CHARACTERS}\\s]{1,64}`;

/** @param {string} name @returns {boolean} */
export const isRoomName = (name) => ROOM.test(name.normalize("NFC"));

/**
 * @param {string} query
 * @returns {string} the name of a room that is meant by it, or "" if it can't be one
 */
export function roomNamed(query) {
  const name = query.trim().normalize("NFC").replace(/\s+/gu, "-");
  return isRoomName(name) ? name : "";
}

/** @param {string} path   of an address @returns {string} the room there */
export function roomOf(path) {
  const name = path.slice(BASE.length).match(/^\/r\/([^/]+)\/?$/)?.[1];
  try {
    return name ? decodeURIComponent(name) : MAIN_ROOM;
  } catch {
    return name ?? MAIN_ROOM;
  }
}
