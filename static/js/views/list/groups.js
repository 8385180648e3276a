/**
 * The groups of messages: those of one author that nothing stands between show the author once.
 *
 * @import {MessageItem} from "../../types.js"
 */
import { dayKey, onLanguage, timeZone } from "../../i18n/i18n.js";

/** Messages of one author are grouped for this long after the first of them (ms). */
const GROUP_WITHIN = 5 * 60_000;
/** Most messages in a group. */
const GROUP_OF = 10;

/** @typedef {Pick<MessageItem, "from" | "time">} Authored */

/**
 * The group that each message was put into, so that it stays in it when what is above is loaded or forgotten.
 *
 * @type {WeakMap<Authored, {before: Authored | null, first: Authored, place: number}>}
 */
let groups = new WeakMap();
let zone = timeZone();

// Another language leaves them as they are; in another time zone a day ends elsewhere, and so does a group.
onLanguage(() => {
  if (zone === timeZone()) return;
  zone = timeZone();
  groups = new WeakMap();
});

/**
 * @param {Authored | null} before
 * @param {Authored} item
 * @returns {boolean} whether it goes on in the group of the one before
 */
export function isGrouped(before, item) {
  const known = groups.get(item);
  if (known && known.before === before) return known.place > 0;
  const group = before && (groups.get(before) ?? { first: before, place: 0 });
  const goesOn = Boolean(
    before && group && group.place + 1 < GROUP_OF && isOneAuthor(before, item, group.first),
  );
  groups.set(
    item,
    goesOn && group
      ? { before, first: group.first, place: group.place + 1 }
      : { before, first: item, place: 0 },
  );
  return goesOn;
}

/** @param {Authored} before @param {Authored} item @param {Authored} first   of the group */
function isOneAuthor(before, item, first) {
  if (before.from.id !== item.from.id || before.from.name !== item.from.name) return false;
  const [earlier, later] = [new Date(first.time), new Date(item.time)];
  return later.getTime() - earlier.getTime() < GROUP_WITHIN && dayKey(earlier) === dayKey(later);
}
