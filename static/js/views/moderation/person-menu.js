/**
 * What a moderator can do with somebody in the list of people.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Person, TermAct} from "../../types.js"
 * @import {Entry} from "../overlays/popup-menu.js"
 */

import { barsOf } from "../../conversation/moderator-acts.js";
import { isolate, t } from "../../i18n/i18n.js";
import { closeWithRole } from "../overlays/dialog.js";
import { openPopup } from "../overlays/popup-menu.js";
import { askForTerm } from "./barring.js";
import { letIn } from "./moderate.js";

/** Whose menu is to open: a second press doesn't open another one. @type {HTMLElement | null} */
let awaited = null;

/**
 * @param {Chat} chat
 * @param {Person} person
 * @param {HTMLElement} anchor   what was pressed
 * @param {(name: string) => void} mention
 * @param {DOMRect} [place]   what the menu opens next to
 */
export async function openPersonMenu(chat, person, anchor, mention, place = anchor.getBoundingClientRect()) {
  const { id, name } = person;
  awaited = anchor;
  const isHeld = (await barsOf(chat, id)).length > 0;
  if (awaited !== anchor) return;
  awaited = null;
  const bar = (/** @type {TermAct} */ act) => () => askForTerm(chat, act, { name, person: id });
  /** @type {Entry[]} */
  const entries = [
    { text: t("action-mention"), above: name, act: () => mention(name) },
    isHeld
      ? { text: t("action-let-in"), act: () => letIn(chat, person) }
      : { text: t("action-mute"), act: bar("mute") },
    { text: t("action-erase"), isDanger: true, act: bar("erase") },
    { text: t("action-remove"), isDanger: true, act: bar("remove") },
  ];
  anchor.setAttribute("aria-expanded", "true");
  const dialog = openPopup({
    label: t("person-actions", { name: isolate(name) }),
    entries,
    place,
    onClose: () => anchor.removeAttribute("aria-expanded"),
  });
  closeWithRole(chat, dialog);
}
