/**
 * A chunk of the list: drawn again only when something that it shows has changed.
 *
 * @import {Chunk, Item, MessageItem, State} from "../../types.js"
 * @import {Reader} from "./message.js"
 */
import { guard, html, nothing, repeat } from "../../../vendor/vendor.js";
import { dayKey, language, onLanguage, timeZone } from "../../i18n/i18n.js";
import { tombstoneEnd } from "../../state/changes.js";
import { seqIn, seqOf } from "../../state/timeline.js";
import { isGrouped } from "./groups.js";
import { dayView, newView, noteView } from "./lines-between.js";
import { messageView, plainView } from "./message.js";

/**
 * @typedef {object} Drawing   what all chunks of a draw have in common
 * @property {State["unread"]} unread   its mark is a row's that is shown
 * @property {Reader} reader
 * @property {number} revision   incremented when all chunks must be drawn again
 * @property {() => void} loadOlder
 */

/** @param {{key: string}} keyed */
export const keyOf = ({ key }) => key;

/**
 * @template T
 * @param {(items: Item[]) => T} find
 * @returns {(items: Item[]) => T} `find`, which looks through the same items only at the first call
 */
function cached(find) {
  /** @type {WeakMap<Item[], T>} */
  const found = new WeakMap();
  return (items) => {
    const known = found.get(items) ?? find(items);
    found.set(items, known);
    return known;
  };
}

/** Whether one of them may name somebody, which depends on who is known. */
const mayMention = cached((items) =>
  items.some((item) => item.kind === "message" && /[@＠]/.test(item.text)),
);

/** The messages that these reply to. */
const repliedTo = cached((items) =>
  items.flatMap((item) => (item.kind === "message" && item.reply?.seq) || []),
);

/** Whether they have more than texts: quotes, pictures, reactions, changed rules. */
export const hasParts = cached((items) =>
  items.some((item) =>
    item.kind === "message"
      ? Boolean(item.reply || item.reactions?.length || item.pictures)
      : item.kind === "rules",
  ),
);

/** When the first of their tombstones goes (ms). */
const firstEnd = cached((items) => Math.min(Infinity, ...items.map(tombstoneEnd)));

/** @type {WeakMap<MessageItem, MessageItem>} the last tombstone of a run, with the number of all */
const lastOfRuns = new WeakMap();

/**
 * @param {MessageItem} last
 * @param {number} run
 * @returns {MessageItem} the same object while its run is the same
 */
function withRun(last, run) {
  const known = lastOfRuns.get(last);
  if (known?.run === run) return known;
  const made = { ...last, run };
  lastOfRuns.set(last, made);
  return made;
}

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

/** @param {Item} item @returns {MessageItem | null} what a moderator has deleted */
const erased = (item) =>
  item.kind === "message" && item.deleted && item.moderated && !item.pending ? item : null;

/** @param {MessageItem} one @param {MessageItem} other */
const isOfOneAuthor = ({ from }, other) =>
  from.id === other.from.id && (from.id !== undefined || from.name === other.from.name);

/** @type {WeakMap<MessageItem, string>} */
let days = new WeakMap();

/** @param {MessageItem} item @returns {string} its day, worked out once: a draw looks at thousands */
function dayOf(item) {
  const known = days.get(item) ?? dayKey(new Date(item.time));
  days.set(item, known);
  return known;
}

/**
 * @param {Chunk[]} chunks
 * @returns {Map<Item, number>} what a moderator has deleted of one person in a row on one day: of each run
 *   the last one with the number of all, and the others with 0
 */
function runsIn(chunks) {
  const runs = new Map();
  /** @type {MessageItem | null} */
  let last = null;
  for (const item of chunks.flatMap(({ items }) => items).reverse()) {
    if (item.kind === "presence") continue; // who comes and goes ends no run, as it may not be shown
    const found = erased(item);
    if (!found || !last || !isOfOneAuthor(found, last) || dayOf(found) !== dayOf(last)) last = found;
    else runs.set(last, (runs.get(last) ?? 1) + 1).set(found, 0);
  }
  return runs;
}

/**
 * One line for each run: hundreds of them would bury the talk. It is the last one's, so that it stays the
 * same when older messages are loaded, and is read when all of them are.
 *
 * @param {Chunk[]} chunks
 * @returns {Chunk[]} of which those without a run are the same
 */
function foldRuns(chunks) {
  const runs = runsIn(chunks);
  if (!runs.size) return chunks;
  return chunks.map((chunk) => {
    if (!chunk.items.some((item) => runs.has(item))) return chunk;
    const left = chunk.items.filter((item) => runs.get(item) !== 0);
    const items = left.map((item) =>
      runs.has(item) ? withRun(/** @type {MessageItem} */ (item), runs.get(item) ?? 0) : item,
    );
    return { ...chunk, items };
  });
}

/** @typedef {{chunks: Chunk[], until: number}} Visible   what is shown of the chunks, and until when (ms) that is so */

/** @type {WeakMap<Chunk[], Visible>} */
let visibleOf = new WeakMap();

// A day is another one in another time zone.
onLanguage(() => {
  days = new WeakMap();
  visibleOf = new WeakMap();
});

/**
 * @param {Chunk[]} chunks
 * @param {number} now
 * @returns {Visible} with a line for each run of deleted messages, and without those that were deleted long
 *   ago; the same object while nothing of it changes
 */
export function visible(chunks, now) {
  const known = visibleOf.get(chunks);
  if (known && now < known.until) return known;
  let until = Infinity;
  const kept = chunks.map((chunk) => {
    const isWhole = firstEnd(chunk.items) > now;
    const items = isWhole ? chunk.items : chunk.items.filter((item) => tombstoneEnd(item) > now);
    until = Math.min(until, isWhole ? firstEnd(chunk.items) : Math.min(Infinity, ...items.map(tombstoneEnd)));
    return isWhole ? chunk : { ...chunk, items };
  });
  const found = { chunks: foldRuns(kept).filter(({ items }) => items.length), until };
  visibleOf.set(chunks, found);
  return found;
}

/**
 * @param {string | null} mark   key of the message below the line; its number may be a change's, if other
 *   tabs have read up to there
 * @param {Chunk[]} all
 * @param {Chunk[]} shown
 * @returns {string | null} the message itself, or the first one after it that is shown
 */
export function markIn(mark, all, shown) {
  const keys = new Set(shown.flatMap(({ items }) => items.map(keyOf)));
  if (!mark || keys.has(mark)) return mark;
  const items = all.flatMap((chunk) => chunk.items);
  const exact = items.findIndex(({ key }) => key === mark);
  const seq = seqIn(mark);
  const isHere = items.some((item) => (seqOf(item) ?? Infinity) < seq);
  const at = exact < 0 && isHere ? items.findIndex((item) => (seqOf(item) ?? 0) > seq) : exact;
  return items.slice(at).find(({ key }) => at >= 0 && keys.has(key))?.key ?? null;
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
