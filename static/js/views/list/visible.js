/**
 * What of the timeline is shown: of messages that a moderator has deleted in a row one line, and of those that were
 * deleted long ago nothing.
 *
 * @import {Chunk, Item, MessageItem} from "../../types.js"
 */
import { dayKey, onLanguage } from "../../i18n/i18n.js";
import { cached } from "../../state/cached.js";
import { tombstoneEnd } from "../../state/changes.js";
import { itemsOf, seqIn, seqOf } from "../../state/timeline.js";

/** @param {{key: string}} keyed */
export const keyOf = ({ key }) => key;

/** When the first of their tombstones goes (ms). */
const firstEnd = cached((/** @type {Item[]} */ items) => Math.min(Infinity, ...items.map(tombstoneEnd)));

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
  for (const item of itemsOf({ chunks }).reverse()) {
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
  const items = itemsOf({ chunks: all });
  const exact = items.findIndex(({ key }) => key === mark);
  const seq = seqIn(mark);
  const isHere = items.some((item) => (seqOf(item) ?? Infinity) < seq);
  const at = exact < 0 && isHere ? items.findIndex((item) => (seqOf(item) ?? 0) > seq) : exact;
  return items.slice(at).find(({ key }) => at >= 0 && keys.has(key))?.key ?? null;
}
