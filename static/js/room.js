/**
 * Applies the room's events to the state: messages, presence, parts of the history; and how much of it the
 * person has read.
 *
 * @import {Item, MessageItem, Person, PresenceChange, State, Unread, WireMessage} from "./types.js"
 */
import {
  amendLast,
  append,
  extend,
  firstSeq,
  itemFrom,
  itemsOf,
  lastItem,
  lastSeq,
  prepend,
  snapshot,
  without,
} from "./timeline.js";

/** With more people than this, joining and leaving isn't shown in the list. */
const NOTES_UP_TO = 200;
/** Changes that are shown in one line, at most. */
const CHANGES_IN_A_NOTE = 20;

/** @param {WireMessage[]} messages @returns {MessageItem[]} of messages that have a seq */
export const itemsFrom = (messages) => messages.map((each) => itemFrom(each, ""));

/** @param {State} state @param {WireMessage} event @returns {State} */
export function onMessage(state, event) {
  if (event.outside) {
    return added({ ...state, counter: state.counter + 1 }, itemFrom(event, `o${state.counter}`));
  }
  const { position } = state;
  const seq = event.seq ?? 0;
  if (!position || (event.epoch === position.epoch && seq <= position.seq)) return state;
  if (event.epoch !== position.epoch || seq > position.seq + 1) return { ...state, needsResync: true };
  const own = event.from.id === state.me?.id;
  const posts = own ? state.posts.filter((post) => post.id !== event.id) : state.posts;
  const read = { ...state, posts, position: { epoch: position.epoch, seq }, head: Math.max(state.head, seq) };
  return added(read, itemFrom(event, ""));
}

/**
 * A message was changed: the change is read, whether or not the page shows what it is about.
 *
 * @param {State} state
 * @param {{seq: number, epoch: string, message: WireMessage}} event
 * @returns {State}
 */
export function onAmended(state, { seq, epoch }) {
  const { position } = state;
  if (!position || (epoch === position.epoch && seq <= position.seq)) return state;
  if (epoch !== position.epoch || seq > position.seq + 1) return { ...state, needsResync: true };
  return { ...state, position: { epoch, seq }, head: Math.max(state.head, seq) };
}

/** @param {State} state @param {any} event   of what was missed @returns {State} */
export const onMissed = (state, event) =>
  event.type === "amended" ? onAmended(state, event) : onMessage(state, event);

/** @param {State} state @param {MessageItem} item @returns {State} */
function added(state, item) {
  const { unread } = state;
  const counts = !state.watching && item.from.id !== state.me?.id;
  const people = state.typing.people.filter((person) => person.id !== item.from.id);
  return {
    ...state,
    timeline: append(state.timeline, [item], state.watching),
    read: state.watching ? (item.seq ?? state.read) : state.read,
    unread: counts ? oneMore(unread, item.key) : unread,
    typing: people.length === state.typing.people.length ? state.typing : { ...state.typing, people },
  };
}

/** @param {State} state @param {{people: Person[], at: number}} event @returns {State} */
export function onTyping(state, { people, at }) {
  return { ...state, typing: { people: people.filter(({ id }) => id !== state.me?.id), at } };
}

/**
 * @param {State} state
 * @param {{count: number, joined?: Person[], left?: Person[], renamed?: Person[], more?: boolean}} event
 *   `more`: the server doesn't list all changes
 * @returns {State}
 */
export function onPresence(state, event) {
  const { count, renamed = [], more = false } = event;
  const changes = changesOf(state, event);
  const me = renamed.find(({ id }) => id === state.me?.id) ?? state.me; // renamed in another tab
  const online = { count, people: peopleAfter(state.online.people, event) };
  const next = { ...state, me, online, crowd: state.crowd || more };
  return changes.length && !more && count <= NOTES_UP_TO ? noted(next, changes) : next;
}

/**
 * @param {Person[]} people
 * @param {{joined?: Person[], left?: Person[], renamed?: Person[]}} event
 * @returns {Person[]} people who stay, in their order, then people who joined
 */
function peopleAfter(people, { joined = [], left = [], renamed = [] }) {
  const gone = new Set(left.map(({ id }) => id));
  const changed = new Map([...joined, ...renamed].map((person) => [person.id, person]));
  const known = new Set(people.map(({ id }) => id));
  const staying = people.filter(({ id }) => !gone.has(id)).map((person) => changed.get(person.id) ?? person);
  return [...staying, ...joined.filter(({ id }) => !known.has(id) && !gone.has(id))];
}

/**
 * @param {State} state
 * @param {{joined?: Person[], left?: Person[], renamed?: Person[]}} event
 * @returns {PresenceChange[]} the changes to show: without the reader's own, and without people who were here
 *   before
 */
function changesOf({ online, me }, { joined = [], left = [], renamed = [] }) {
  const names = new Map(online.people.map(({ id, name }) => [id, name]));
  /** @type {PresenceChange[]} */
  const changes = [];
  for (const person of joined) if (!names.has(person.id)) changes.push({ what: "joined", person });
  for (const person of left) if (names.has(person.id)) changes.push({ what: "left", person });
  for (const person of renamed) changes.push({ what: "renamed", person, was: names.get(person.id) });
  return changes.filter(({ person }) => person.id !== me?.id);
}

/**
 * @param {State} state
 * @param {PresenceChange[]} changes
 * @returns {State} with the changes in the last line of the list
 */
function noted(state, changes) {
  const last = lastItem(state.timeline);
  if (last?.kind === "presence" && last.changes.length < CHANGES_IN_A_NOTE && state.timeline.atHead) {
    return {
      ...state,
      timeline: amendLast(state.timeline, { ...last, changes: [...last.changes, ...changes] }),
    };
  }
  const item = { kind: /** @type {const} */ ("presence"), key: `p${state.counter}`, changes };
  return { ...state, counter: state.counter + 1, timeline: append(state.timeline, [item], state.watching) };
}

/** @param {State} state @param {{messages: WireMessage[], start?: boolean}} event @returns {State} */
export function onOlder(state, { messages, start = false }) {
  const gap = state.timeline.chunks[0]?.items[0];
  const open =
    gap && (gap.kind === "gap" || gap.kind === "lost") ? without(state.timeline, gap.key) : state.timeline;
  const reached = start || messages[0]?.seq === 1;
  const timeline = prepend(open, itemsFrom(messages), reached);
  return { ...state, history: "idle", timeline, unread: remarked({ ...state, timeline }) };
}

/**
 * @param {State} state
 * @param {{messages: WireMessage[], upTo?: number}} event   `upTo`: what was asked for ended there
 * @returns {State}
 */
export function onNewer(state, { messages, upTo = messages.at(-1)?.seq ?? 0 }) {
  const timeline = extend(state.timeline, itemsFrom(messages), upTo, state.head);
  return { ...state, history: "idle", timeline };
}

/**
 * @param {State} state
 * @param {{messages: WireMessage[], upTo?: number, start?: boolean}} event
 * @returns {State} with another part of the room
 */
export function onAround(state, { messages, upTo = messages.at(-1)?.seq ?? 0, start = false }) {
  const timeline = snapshot(itemsFrom(messages), start || messages[0]?.seq === 1);
  return { ...state, timeline: { ...timeline, upTo, atHead: upTo >= state.head } };
}

/** @type {Unread} */
export const ALL_READ = { mark: null, count: 0, above: 0, after: null };

/** @param {Unread} unread @param {string} key   of a message that nobody looks at yet @returns {Unread} */
const oneMore = ({ mark, count, above, after }, key) =>
  count ? { mark, count: count + 1, above, after } : { mark: key, count: 1, above: 0, after: null };

/** @param {State} state @returns {(item: Item) => item is MessageItem} */
const byOthers = ({ me }) =>
  /** @type {any} */ ((/** @type {Item} */ item) => item.kind === "message" && item.from.id !== me?.id);

/** @param {State} state @returns {number} messages that are newer than the newest in the page */
const leftBelow = ({ timeline, head }) =>
  timeline.atHead ? 0 : Math.max(0, head - (lastSeq(timeline) ?? head));

/** @param {State} state @param {number} after   the seq that the person has read to @returns {Unread} */
export function unreadAfter(state, after) {
  const oldest = firstSeq(state.timeline);
  const above = oldest ? Math.max(0, oldest - after - 1) : 0;
  const unread = itemsOf(state.timeline)
    .filter(byOthers(state))
    .filter(({ seq = 0 }) => seq > after);
  const count = above + unread.length + leftBelow(state);
  // What lies above may be anybody's: then the line is above all that is here.
  const mark = above ? `m${oldest}` : (unread[0]?.key ?? null);
  return { mark, count, above, after };
}

/** @param {State} state   with older messages than before @returns {Unread} its line where the unread begin now */
function remarked(state) {
  const { unread } = state;
  if (unread.after === null) return unread;
  const { mark, above } = unreadAfter(state, unread.after);
  return { ...unread, mark, above };
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
  const last = items.slice(0, at + 1).findLast((item) => item.kind === "message" && item.seq);
  const read = Math.max(state.read, last?.kind === "message" ? (last.seq ?? 0) : 0);
  return { ...state, read, unread: { ...state.unread, count } };
}

/** @param {State} state @param {{epoch: string, seq: number}} event   how far another tab has read @returns {State} */
export function readElsewhere(state, { epoch, seq }) {
  const { position, unread, read } = state;
  if (position?.epoch !== epoch || seq <= read) return state;
  const rest = unreadAfter({ ...state }, Math.min(seq, position.seq));
  const count = Math.min(unread.count, rest.count);
  return { ...state, read: Math.min(seq, position.seq), unread: count ? { ...rest, count } : ALL_READ };
}

/** @param {State} state   before the gap @param {{seq: number, messages: WireMessage[]}} event @returns {Pick<State, "read" | "unread">} */
export function unreadBelowGap({ position, unread, watching, read }, { seq, messages }) {
  const after = position?.seq ?? 0;
  const count = watching ? 0 : unread.count + seq - after;
  return { read, unread: { mark: messages[0] ? `m${messages[0].seq}` : null, count, above: 0, after } };
}
