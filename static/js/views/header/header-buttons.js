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

/**
 * @param {Chat} chat
 * @param {(seq: number) => void} goTo   goes to a message in the list
 * @returns {import("./header.js").Dialogs} what the buttons of the header open
 */
export function dialogsOf(chat, goTo) {
  /** @param {string} [text] */
  const search = (text) => useOrTell(extras.search, ({ openSearch }) => openSearch(chat, goTo, text));
  return {
    people: () => useOrTell(extras.peopleSheet, ({ openPeopleSheet }) => openPeopleSheet(chat, mention)),
    rooms: () => useOrTell(extras.roomSwitcher, ({ openSwitcher }) => openSwitcher(chat, search)),
    search: () => search(),
    share: () => useOrTell(extras.share, ({ openShare }) => openShare(chat)),
    settings: () => useOrTell(extras.settings, ({ openSettings }) => openSettings(chat)),
  };
}
