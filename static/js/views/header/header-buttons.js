/**
 * What the buttons of the header open, and what a press on somebody in the list of people writes.
 *
 * @import {Chat} from "../../conversation/chat.js"
 */
import { extras, useOrTell } from "../../lazy-modules.js";

/** @param {string} name   of somebody, to be written into the field */
export function mention(name) {
  const field = /** @type {HTMLTextAreaElement} */ (document.getElementById("field"));
  if (!field.disabled) useOrTell(extras.insertText, ({ writeMention }) => writeMention(field, name));
}

/** @param {Chat} chat   @returns {import("./header.js").Dialogs}   what the buttons of the header open */
export const dialogsOf = (chat) => ({
  people: () => useOrTell(extras.peopleSheet, ({ openPeopleSheet }) => openPeopleSheet(chat, mention)),
  rooms: () => useOrTell(extras.roomSwitcher, ({ openSwitcher }) => openSwitcher(chat)),
  share: () => useOrTell(extras.share, ({ openShare }) => openShare(chat)),
  settings: () => useOrTell(extras.settings, ({ openSettings }) => openSettings(chat)),
});
