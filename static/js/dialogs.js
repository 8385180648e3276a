/**
 * What the buttons of the header open, and what a press on somebody in the list of people writes.
 *
 * @import {Chat} from "./chat.js"
 */
import { extras, use } from "./extras.js";

/** @param {string} name   of somebody, to be written into the field */
export function mention(name) {
  const field = /** @type {HTMLTextAreaElement} */ (document.getElementById("field"));
  if (!field.disabled) use(extras.field, ({ writeMention }) => writeMention(field, name));
}

/** @param {Chat} chat   @returns {import("./views/header.js").Dialogs}   what the buttons of the header open */
export const dialogsOf = (chat) => ({
  people: () => use(extras.peopleSheet, ({ openPeopleSheet }) => openPeopleSheet(chat, mention)),
  rooms: () => use(extras.switcher, ({ openSwitcher }) => openSwitcher(chat)),
  share: () => use(extras.share, ({ openShare }) => openShare(chat)),
  settings: () => use(extras.settings, ({ openSettings }) => openSettings(chat)),
});
