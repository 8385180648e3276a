/**
 * A chunk of the list: drawn again only when something that it shows has changed.
 *
 * @import {Chunk, Item, MessageItem, State} from "../../types.js"
 * @import {Reader} from "./message.js"
 */
import { guard, html, nothing, repeat } from "../../../vendor/vendor.js";
import { dayKey, language, timeZone } from "../../i18n/i18n.js";
import { cached } from "../../state/cached.js";
import { isGrouped } from "./groups.js";
import { dayView, newView, noteView } from "./lines-between.js";
import { messageView, plainView } from "./message.js";
import { keyOf } from "./visible.js";

/**
 * @typedef {object} Drawing   what all chunks of a draw have in common
 * @property {State["unread"]} unread   its mark is a row's that is shown
 * @property {Reader} reader
 * @property {number} revision   incremented when all chunks must be drawn again
 * @property {() => void} loadOlder
 */

/** Whether one of them may name somebody, which depends on who is known. */
const mayMention = cached((/** @type {Item[]} */ items) =>
  items.some((item) => item.kind === "message" && /[@＠]/.test(item.text)),
);

/** The messages that these reply to. */
const repliedTo = cached((/** @type {Item[]} */ items) =>
  items.flatMap((item) => (item.kind === "message" && item.reply?.seq) || []),
);

/** Whether they have more than texts: quotes, pictures, reactions, changed rules. */
export const hasParts = cached((/** @type {Item[]} */ items) =>
  items.some((item) =>
    item.kind === "message"
      ? Boolean(item.reply || item.reactions?.length || item.pictures)
      : item.kind === "rules",
  ),
);

/** Rows of new chunks that are drawn in one frame, the newest first; the others follow in the next frames. */
const FRESH_ROWS = 24;

/**
 * @param {Chunk[]} fresh   each of fewer rows than a frame draws
 * @returns {Set<Chunk>} those that wait for another frame
 */
export function waitingAmong(fresh) {
  let rows = 0;
  const last = fresh.findLastIndex(({ items }) => {
    rows += items.length;
    return rows > FRESH_ROWS;
  });
  // The line of a run takes the place of rows that are in the page: the focus, the mark and the reader's place
  // go to it.
  const hasRun = (/** @type {Chunk} */ { items }) =>
    items.some((item) => item.kind === "message" && (item.run ?? 0) > 1);
  return new Set(fresh.slice(0, last + 1).filter((chunk) => !hasRun(chunk)));
}

/**
 * @param {Item[]} items
 * @param {Item | null} above   the item right above the chunk
 * @param {MessageItem | null} last   the last message above the chunk
 * @param {Drawing} drawing
 */
export function chunkView(items, above, last, drawing) {
  const { unread, reader, revision } = drawing;
  const mark = items.some(({ key }) => key === unread.mark) ? unread.mark : null;
  const named = mayMention(items) ? reader.names.revision : 0;
  const today = dayKey(new Date());
  const place = [...items, above, last, mark, mark && unread.above];
  const person = [
    revision,
    reader.id,
    reader.name,
    reader.moderators,
    reader.parts,
    named,
    language(),
    timeZone(),
    today,
  ];
  const inputs = [items.length, ...place, ...person, ...repliedTo(items).map(reader.quoted)];
  return guard(inputs, () => {
    const line = mark && newView(unread.above);
    let previous = last;
    const rows = repeat(items, keyOf, (item, i) => {
      const newLine = mark === item.key ? line : null;
      const row = orPlain(item, () => rowView(item, i ? items[i - 1] : above, previous, newLine, drawing));
      if (item.kind === "message") previous = item;
      return row;
    });
    return html`<div class="chunk">${rows}</div>`;
  });
}

/**
 * @param {Item} item
 * @param {Item | null} above   the item right above
 * @param {MessageItem | null} previous   the last message above
 * @param {unknown} newLine   the line above the first unread message, if this is it
 * @param {Drawing} drawing
 */
function rowView(item, above, previous, newLine, { reader, loadOlder }) {
  if (item.kind !== "message") return html`${newLine}${noteView(item, loadOlder, reader.parts)}`;
  const grouped = isGrouped(newLine || above !== previous ? null : previous, item);
  return html`${dayView(previous, new Date(item.time))}${newLine}${messageView(item, grouped, reader)}`;
}

/**
 * @param {Item} item
 * @param {() => unknown} view
 * @returns {unknown} its text alone if something is wrong with it: one message never stops the list
 */
function orPlain(item, view) {
  try {
    return view();
  } catch (error) {
    console.info("A message can't be shown as it should be:", error);
    return item.kind === "message" ? plainView(item) : nothing;
  }
}
