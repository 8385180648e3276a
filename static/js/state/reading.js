/**
 * How much of the room the person has read: what is unread, and where the line above it stands.
 *
 * @import {Item, MessageItem, State, Unread, WireMessage} from "../types.js"
 */
import { firstSeq, itemsOf, lastSeq, seqOf } from "./timeline.js";

/** @type {Unread} */
export const ALL_READ = { mark: null, count: 0, above: 0, after: null };

/** @param {Unread} unread @param {string} key   of a message that nobody looks at yet @returns {Unread} */
export const oneMore = ({ mark, count, above, after }, key) =>
  count ? { mark, count: count + 1, above, after } : { mark: key, count: 1, above: 0, after: null };

/** @param {State} state @returns {number} messages up to this seq don't count */
const countedFrom = ({ read, countedAfter }) => Math.max(read, countedAfter);

/**
 * @param {State} state
 * @param {WireMessage} message   that is deleted, perhaps since long: a tombstone may be changed, too
 * @returns {Partial<State>}
 */
export function oneLess(state, { seq = 0, from }) {
  const { unread, gone, me } = state;
  const isUnread = seq > countedFrom(state) && from.id !== me?.id && !gone.includes(seq);
  return isUnread
    ? { unread: { ...unread, count: Math.max(0, unread.count - 1) }, gone: [...gone, seq] }
    : {};
}

/** @param {State} state @returns {(item: Item) => item is MessageItem} */
const byOthers = ({ me }) =>
  /** @type {any} */ (
    (/** @type {Item} */ item) => item.kind === "message" && !item.deleted && item.from.id !== me?.id
  );

/**
 * @param {State} state
 * @returns {number} at most so many messages are newer than the newest in the page: changes take numbers, too
 */
function leftBelow({ timeline, head }) {
  const { atHead, upTo = 0 } = timeline;
  return atHead ? 0 : Math.max(0, head - Math.max(upTo, lastSeq(timeline) ?? head));
}

/** @param {State} state @param {number} after   the seq that the person has read to @returns {Unread} */
export function unreadAfter(state, after) {
  const oldest = firstSeq(state.timeline);
  // The room may have begun further up once, but what it no longer keeps can't be read.
  const above = oldest && !state.timeline.start ? Math.max(0, oldest - after - 1) : 0;
  const unread = itemsOf(state.timeline)
    .filter(byOthers(state))
    .filter(({ seq = 0 }) => seq > after);
  const count = above + unread.length + Math.min(leftBelow(state), Math.max(0, state.head - after));
  // What lies above may be anybody's: then the line is above all that is here. Below an older part it is above the
  // first number that isn't read, which may be a change's.
  const mark = above ? `m${oldest}` : (unread[0]?.key ?? (count ? `m${after + 1}` : null));
  return { mark, count, above, after };
}

/**
 * @param {State} state   with more messages than before, or another part
 * @returns {number} at most so many unread messages are there; those of programs have no number
 */
function countHere(state) {
  const after = countedFrom(state);
  const items = itemsOf(state.timeline);
  const below = items.slice(items.findLastIndex((item) => (seqOf(item) ?? Infinity) <= after) + 1);
  const ofPrograms = below.filter(byOthers(state)).filter(({ seq }) => !seq).length;
  return Math.min(state.unread.count, unreadAfter(state, after).count + ofPrograms);
}

/**
 * @param {State} state   with newer messages than before
 * @returns {Unread} at the end of the room not more than are there: some may have been deleted
 */
export function recounted(state) {
  const { unread, timeline } = state;
  return timeline.atHead && unread.count ? { ...unread, count: countHere(state) } : unread;
}

/**
 * @param {State} state   with older messages than before, or another part
 * @returns {Unread} its line where the unread began: some below it may have been read since, and some above it not
 */
export function remarked(state) {
  const { unread } = state;
  if (unread.after === null) return unread;
  const { mark, above } = unreadAfter(state, unread.after);
  return { ...unread, mark, above, count: countHere(state) };
}

/**
 * What the person has in front of them.
 *
 * @param {State} state
 * @param {{watching: boolean, seen?: string}} event   `seen`: key of the last message in sight
 * @returns {State}
 */
export function watch(state, { watching, seen }) {
  const { position, unread } = state;
  if (watching) {
    const read = position?.seq ?? state.read;
    if (state.watching && !unread.count && state.read === read) return state;
    return { ...state, watching, read, unread: { ...unread, count: 0 } };
  }
  const now = seen && unread.count ? readingAt(state, seen) : state;
  return now === state && !state.watching ? state : { ...now, watching };
}

/** @param {State} state @param {string} seen   key of the last message in sight @returns {State} */
function readingAt(state, seen) {
  const items = itemsOf(state.timeline);
  const at = items.findIndex(({ key }) => key === seen);
  if (at < 0) return state;
  const count = items.slice(at + 1).filter(byOthers(state)).length + leftBelow(state);
  if (count >= state.unread.count) return state;
  const read = Math.max(state.read, ...items.slice(0, at + 1).map((item) => seqOf(item) ?? 0));
  return { ...state, read, unread: { ...state.unread, count } };
}

/**
 * @param {State} state   after any event
 * @param {State} before
 * @returns {State} in which what another tab has read is read, as far as this one has got it
 */
export function withReadElsewhere(state, before) {
  const { position, unread, read, readElsewhere: heard } = state;
  if (position === before.position && heard === before.readElsewhere) return state;
  if (!position || heard?.epoch !== position.epoch) return state;
  const here = Math.min(heard.seq, position.seq);
  if (!(here > read)) return state;
  const next = { ...state, read: here };
  const rest = unreadAfter(state, countedFrom(next));
  const count = Math.min(unread.count, rest.count);
  return { ...next, unread: count ? { ...rest, count } : ALL_READ };
}

/**
 * The log is lost or cleared, or a backup was restored: what the person has read may be there again, or its number be
 * another message's.
 *
 * @param {State} state   with the new log
 * @param {State} before
 * @returns {Pick<State, "read" | "countedAfter" | "unread" | "gone">}
 */
export function unreadInNewLog(state, before) {
  const { position, watching } = state;
  const upTo = countedFrom(before);
  const lastRead = itemsOf(before.timeline).findLast((item) => (seqOf(item) ?? Infinity) <= upTo);
  const { time = "" } = /** @type {Partial<MessageItem>} */ (lastRead ?? {});
  const known = itemsOf(state.timeline).findLast((item) => item.kind === "message" && item.time <= time);
  // What is known may be above all that is here: a backup keeps its number, and a log that is begun anew begins below.
  const above = (firstSeq(state.timeline) ?? 0) > upTo ? upTo : 0;
  const read = watching ? (position?.seq ?? 0) : ((known && seqOf(known)) ?? above);
  return { read, countedAfter: read, unread: watching ? ALL_READ : unreadAfter(state, read), gone: [] };
}

/**
 * @param {State} state   with what is below a gap
 * @param {State} before
 * @param {number} missed   at most so many messages are in it
 * @returns {Pick<State, "read" | "unread">}
 */
export function unreadBelowGap(state, before, missed) {
  const { position, unread, watching, read } = before;
  const since = position?.seq ?? 0;
  const fresh = itemsOf(state.timeline)
    .filter(byOthers(state))
    .filter(({ seq = 0 }) => seq > since);
  const count = watching ? 0 : unread.count + missed + fresh.length;
  const after = unread.count ? countedFrom(before) : since;
  return { read, unread: { mark: unreadAfter(state, after).mark, count, above: 0, after } };
}
