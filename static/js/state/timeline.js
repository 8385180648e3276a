/**
 * The part of the room that is in the page: about 300 items, in chunks of 12. Pure functions, which return a
 * new timeline.
 *
 * @import {Chunk, Item, MessageItem, Timeline, WireMessage} from "../types.js"
 */
import { cached } from "./cached.js";

/**
 * A draw adds the rest of the last chunk and a few new ones (views/list/list.js): large ones would make tasks
 * that are felt in a flood.
 */
const CHUNK = 12;
/** The messages of one request: more than a screen shows. */
export const PART = 50;
/** The messages of one request where perhaps none of them is shown: the most that the server gives. */
const LARGE_PART = 200;
/** The items in the page, where deleted messages count less. */
const WINDOW = 300;
/**
 * A deleted message takes little space in the list (a run of them one line, after an hour none), so it counts this much
 * against the window: even if all messages that a room keeps by default (10,000) are deleted, those around them fit.
 */
const DELETED_WEIGHS = 0.02;
/**
 * With fewer items than this that aren't deleted, the window may grow to twice its size: otherwise the reader would be
 * near both ends, and each part that is loaded at one of them would drop the other.
 */
const SHOWN_AT_LEAST = 200;

/** @returns {Timeline} */
export const empty = () => ({ chunks: [], atHead: true, start: false });

/** @param {Pick<Timeline, "chunks">} timeline @returns {Item[]} */
export const itemsOf = ({ chunks }) => chunks.flatMap(({ items }) => items);

/** How many of them aren't deleted. */
const shownIn = cached(
  (/** @type {Item[]} */ items) => items.filter((item) => !(item.kind === "message" && item.deleted)).length,
);

/** @param {number} shown   items that aren't deleted @param {number} all */
const weightOf = (shown, all) => shown + (all - shown) * DELETED_WEIGHS;

/**
 * @param {Chunk[]} chunks
 * @returns {{shown: number, total: number}} items that aren't deleted, and the space that all take in the
 *   window
 */
function measure(chunks) {
  let [shown, all] = [0, 0];
  for (const { items } of chunks) {
    shown += shownIn(items);
    all += items.length;
  }
  return { shown, total: weightOf(shown, all) };
}

/** @param {Pick<Timeline, "chunks">} timeline @returns {number} the space that it takes in the window */
export const size = ({ chunks }) => measure(chunks).total;

/** @param {number} shown   items of a window that aren't deleted @returns {number} how large it may be */
const spaceFor = (shown) => (shown < SHOWN_AT_LEAST ? 2 * WINDOW : WINDOW);

/** @param {Timeline} timeline @returns {boolean} whether another part fits without any being dropped */
export function hasSpace({ chunks }) {
  const { shown, total } = measure(chunks);
  return total + PART <= spaceFor(shown + PART);
}

/**
 * @param {Timeline} timeline
 * @param {"oldest" | "newest"} side
 * @returns {number} so many messages are to be requested next on this side
 */
export function partAt(timeline, side) {
  const { items } = timeline.chunks.at(side === "oldest" ? 0 : -1) ?? { items: [] };
  // A whole part had no message: what followed has been erased, or there are changes alone.
  const isBare = side === "newest" && (timeline.upTo ?? 0) - (lastSeq(timeline) ?? 0) >= PART;
  return isBare || !shownIn(items) ? LARGE_PART : PART;
}

/** @param {Item} item @returns {number | undefined} */
export const seqOf = (item) => (item.kind === "message" ? item.seq : undefined);

/** @param {string | null} [key]   of an item @returns {number} the seq of a message, NaN of anything else */
export const seqIn = (key) => Number(key?.match(/^m(\d+)$/)?.[1]);

/** @param {Timeline} timeline @returns {number | undefined} the oldest seq in the page */
export function firstSeq({ chunks }) {
  for (const chunk of chunks) for (const item of chunk.items) if (seqOf(item)) return seqOf(item);
  return undefined;
}

/** @param {Timeline} timeline @returns {number | undefined} the newest seq in the page */
export function lastSeq({ chunks }) {
  for (let c = chunks.length - 1; c >= 0; c -= 1) {
    const { items } = chunks[c];
    for (let i = items.length - 1; i >= 0; i -= 1) if (seqOf(items[i])) return seqOf(items[i]);
  }
  return undefined;
}

/** @param {Timeline} timeline @returns {Item | undefined} */
export const lastItem = ({ chunks }) => chunks.at(-1)?.items.at(-1);

/**
 * @param {WireMessage} message
 * @param {string} key   for a message without a seq
 * @returns {MessageItem}
 */
export function itemFrom({ seq, id, from, text = "", pictures, time, outside, hook, ...more }, key) {
  const { rev, edited, deleted, goneAt, moderated, reply, reactions } = more;
  const changed = rev || reply ? { rev, edited, deleted, goneAt, moderated, reply, reactions } : {};
  return {
    kind: "message",
    key: seq ? `m${seq}` : key,
    seq,
    id,
    from,
    text,
    time,
    outside,
    hook,
    ...(pictures && { pictures }),
    ...changed,
  };
}

/** @param {Item[]} items @returns {Chunk[]} */
function cut(items) {
  const chunks = [];
  for (let i = 0; i < items.length; i += CHUNK) {
    const part = items.slice(i, i + CHUNK);
    chunks.push({ key: `c-${part[0].key}`, items: part });
  }
  return chunks;
}

/**
 * @param {Chunk[]} chunks
 * @param {"oldest" | "newest"} side   drops whole chunks on this side until the rest fits
 */
function trim(chunks, side) {
  let { shown, total } = measure(chunks);
  const kept = [...chunks];
  while (kept.length > 1 && total > WINDOW) {
    const { items } = side === "oldest" ? kept[0] : kept[kept.length - 1];
    shown -= shownIn(items);
    if (total <= spaceFor(shown)) break;
    kept.splice(side === "oldest" ? 0 : -1, 1);
    total -= weightOf(shownIn(items), items.length);
  }
  return kept;
}

/** @param {Item[]} items @param {boolean} [start] @returns {Timeline} of these items alone */
export const snapshot = (items, start = false) => ({
  chunks: trim(cut(items), "oldest"),
  atHead: true,
  start,
});

/**
 * Adds the newest items. While the reader is further up, nothing is dropped above them; when the window is
 * full, new items are left to the server until the reader returns.
 *
 * @param {Timeline} timeline
 * @param {Item[]} items
 * @param {boolean} following   the reader is at the end
 * @returns {Timeline}
 */
export function append(timeline, items, following) {
  if (!timeline.atHead) return timeline;
  if (!following && size(timeline) + items.length > WINDOW + PART) return { ...timeline, atHead: false };
  const chunks = [...timeline.chunks];
  const last = chunks.at(-1);
  const free = last ? Math.max(0, CHUNK - last.items.length) : 0;
  if (last && free) chunks[chunks.length - 1] = { ...last, items: [...last.items, ...items.slice(0, free)] };
  chunks.push(...cut(items.slice(free)));
  if (!following) return { ...timeline, chunks };
  const kept = trim(chunks, "oldest");
  return { ...timeline, chunks: kept, start: timeline.start && kept[0] === chunks[0] };
}

/**
 * @param {Timeline} timeline
 * @param {(item: MessageItem) => MessageItem} change   returns the same item where nothing changes
 * @returns {Timeline} the same if nothing changed; so are all chunks without a change
 */
export function mapMessages(timeline, change) {
  let isSame = true;
  const chunks = timeline.chunks.map((chunk) => {
    const items = chunk.items.map((item) => (item.kind === "message" ? change(item) : item));
    if (items.every((item, i) => item === chunk.items[i])) return chunk;
    isSame = false;
    return { ...chunk, items };
  });
  return isSame ? timeline : { ...timeline, chunks };
}

/** @param {Timeline} timeline @param {Item} item @returns {Timeline} with the last item replaced */
export function amendLast(timeline, item) {
  const chunks = [...timeline.chunks];
  const last = chunks[chunks.length - 1];
  chunks[chunks.length - 1] = { ...last, items: [...last.items.slice(0, -1), item] };
  return { ...timeline, chunks };
}

/**
 * @param {Timeline} timeline
 * @param {Item[]} items
 * @returns {Item[]} the items that the timeline doesn't have
 */
function unknown(timeline, items) {
  const known = new Set(itemsOf(timeline).map((item) => item.key));
  return items.filter((item) => !known.has(item.key));
}

/**
 * Adds older messages above, and drops the newest if there are too many.
 *
 * @param {Timeline} timeline
 * @param {Item[]} items
 * @param {boolean} start   the server has nothing older
 * @returns {Timeline}
 */
export function prepend(timeline, items, start) {
  const chunks = [...cut(unknown(timeline, items)), ...timeline.chunks];
  const kept = trim(chunks, "newest");
  const isSameEnd = kept.length === chunks.length;
  return {
    chunks: kept,
    atHead: timeline.atHead && isSameEnd,
    ...(isSameEnd && { upTo: timeline.upTo }),
    start,
  };
}

/**
 * Adds newer messages below a window that doesn't reach the head, and drops the oldest if there are too many.
 *
 * @param {Timeline} timeline
 * @param {Item[]} items   may begin with older ones: parts are asked for by seqs, which changes have too, but
 *   count messages alone
 * @param {number} upTo   there is nothing else up to this seq; it may be a change's, and so without an item
 * @param {number} head   the room's newest seq
 * @returns {Timeline}
 */
export function extend(timeline, items, upTo, head) {
  const last = lastSeq(timeline) ?? 0;
  const chunks = [...timeline.chunks, ...cut(items.filter((item) => (seqOf(item) ?? 0) > last))];
  const kept = trim(chunks, "oldest");
  return { chunks: kept, atHead: upTo >= head, upTo, start: timeline.start && kept[0] === chunks[0] };
}

/** @param {Timeline} timeline @param {string} key @returns {Timeline} without one item */
export function without(timeline, key) {
  const chunks = timeline.chunks
    .map((chunk) => {
      const items = chunk.items.filter((item) => item.key !== key);
      return items.length === chunk.items.length ? chunk : { ...chunk, items };
    })
    .filter((chunk) => chunk.items.length > 0);
  return { ...timeline, chunks };
}
