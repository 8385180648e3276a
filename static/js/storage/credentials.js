/**
 * What the person shows to get into the room: who they are to the server, passwords, which stay with the tab, the token
 * of an embedding site (`#jwt=…`), and that of a moderator's link (`#mod=…`), which this browser keeps for the room.
 *
 * @import {LinkCheck} from "../types.js"
 */
import { newId } from "./new-id.js";
import { load, loadInTab, save, saveInTab } from "./web-storage.js";

/** @param {string} name @returns {string} what the address had under this name, and no longer has */
function fromAddress(name) {
  const [, key, value = ""] = location.hash.match(/^#(\w+)=([\w.~-]+)$/) ?? [];
  if (key !== name) return "";
  history.replaceState(history.state, "", location.pathname + location.search);
  return value;
}

/**
 * The token by which an embedding site identifies the person. It comes in the address, is removed from it at once, and
 * stays with the tab.
 *
 * @returns {string} or "": no site embeds the chat
 */
export function embedToken() {
  const fresh = fromAddress("jwt");
  if (fresh) saveInTab("wschat.jwt", fresh);
  return fresh || (loadInTab("wschat.jwt") ?? "");
}

const SECRET = /^[\w-]{16,64}$/;

/**
 * @returns {string} the same in all tabs of this browser: it identifies the person until the server's first
 *   token is here
 */
function secret() {
  const kept = load("wschat.secret") ?? "";
  const known = SECRET.test(kept) ? kept : newId(); // the server takes no other
  save("wschat.secret", known);
  return known;
}

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
    for (const [field, key] of Object.entries(this.#keys)) this.#passwords[field] = loadInTab(key) ?? "";
  }

  get #linkKey() {
    return keyOfLink(this.#room);
  }

  /** Takes the token of a moderator's link out of the address. */
  takeLink() {
    const fresh = fromAddress("mod");
    if (fresh) save(this.#linkKey, fresh);
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
      token: load("wschat.token") ?? undefined,
      secret: secret(),
      password: password || undefined,
      room_password: room_password || undefined,
      jwt: embedToken() || undefined,
      mod: this.#shownLink || undefined,
    };
  }

  /**
   * They were the right ones.
   *
   * @param {string} token   for the next time; "": the server can't sign one at the moment
   */
  keep(token) {
    for (const [field, key] of Object.entries(this.#keys))
      if (this.#passwords[field]) saveInTab(key, this.#passwords[field]);
    if (token) save("wschat.token", token);
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
