/**
 * Where the pictures of a message come from, and what they are called.
 *
 * @import {Attachment, Picture} from "../../types.js"
 */
import { BASE } from "../../base-path.js";
import { previews } from "../../dom/previews.js";
import { isolate, t } from "../../i18n/i18n.js";

/** @param {string} id @param {string} room @returns {string} */
export const addressOfPicture = (id, room) => `${BASE}/r/${encodeURIComponent(room)}/pictures/${id}`;

/**
 * @param {Picture | Attachment} picture
 * @param {string} room
 * @returns {string | undefined} undefined: it isn't there yet
 */
export function sourceOf({ id, ...more }, room) {
  const name = id ?? ("key" in more ? more.key : "");
  return previews.get(name) ?? (id && addressOfPicture(id, room));
}

/**
 * @param {string} name   of its author
 * @param {number} at
 * @param {number} count
 * @returns {string} what is said of it
 */
export const pictureLabel = (name, at, count) =>
  t("picture-of", { name: isolate(name), at: at + 1, n: count });
