/**
 * What the buttons of the header open.
 *
 * @import {Chat} from "../../conversation/chat.js"
 *
 * @typedef {Record<"people" | "rooms" | "search" | "share" | "settings", () => void>} Dialogs   which open them
 */
import { extras, useOrTell } from "../../lazy-modules.js";
import { mention } from "../people/mention.js";

/**
 * @param {Chat} chat
 * @param {(seq: number) => void} goTo   goes to a message in the list
 * @returns {Dialogs}
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
