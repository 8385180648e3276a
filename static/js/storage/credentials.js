/**
 * What the person shows to get into the room: passwords, which stay with the tab, the token of an embedding
 * site, and that of a moderator's link (`#mod=…`), which this browser keeps for the room.
 *
 * @import {LinkCheck} from "../types.js"
 */
import { embedToken, load, save, sessionItem, takeLink } from "./prefs.js";

/** @param {string} room @returns {string} under which this browser keeps the token of a moderator's link */
const keyOfLink = (room) => `wschat.mod.${room}`;

/**
 * @param {string} room
 * @returns {boolean} whether the person came by a moderator's link that wasn't refused yet
 */
export const hasLink = (room) => Boolean(load(keyOfLink(room)));

export class Credentials {
  #room;
  /** Where this tab keeps the passwords that `hello` has. */
  #keys;
  /** @type {Record<string, string>} */
  #passwords = {};
  /** The token of the link that the last `hello` had. @type {string | null} */
  #shownLink = null;

  /** @param {string} room */
  constructor(room) {
    this.#room = room;
    this.#keys = { password: "wschat.password", room_password: `wschat.password.${room}` };
    for (const [field, key] of Object.entries(this.#keys)) this.#passwords[field] = sessionItem(key);
  }

  get #linkKey() {
    return keyOfLink(this.#room);
  }

  /** Takes the token of a moderator's link out of the address. */
  takeLink() {
    takeLink(this.#linkKey);
  }

  /**
   * @param {string} password   "": none was asked for
   * @param {string} [scope]   "room": it is the room's, otherwise the operator's
   */
  add(password, scope) {
    if (password) this.#passwords[scope === "room" ? "room_password" : "password"] = password;
  }

  /** @returns {object} fields of `hello` */
  fields() {
    const { password, room_password } = this.#passwords;
    this.#shownLink = load(this.#linkKey);
    return {
      password: password || undefined,
      room_password: room_password || undefined,
      jwt: embedToken() || undefined,
      mod: this.#shownLink || undefined,
    };
  }

  /** They were the right ones. */
  keepPasswords() {
    for (const [field, key] of Object.entries(this.#keys)) sessionItem(key, this.#passwords[field]);
  }

  /**
   * @template {{role?: string}} T
   * @param {T} event   that tells the person's role
   * @returns {T & LinkCheck} also whether their moderator's link isn't valid: it is forgotten, unless another
   *   tab has another one by now
   */
  withLink(event) {
    const isLinkRefused = !event.role && Boolean(this.#shownLink) && load(this.#linkKey) === this.#shownLink;
    if (isLinkRefused) save(this.#linkKey, "");
    return { ...event, isLinkRefused };
  }
}
