/**
 * Applies the room's events to the state: messages and their changes, presence, parts of the history.
 *
 * @import {Item, Loading, MessageItem, Missed, Person, Post} from "../types.js"
 * @import {PresenceChange, Side, State, WireMessage} from "../types.js"
 */
import { messageAt, withForm, withForms } from "./changes.js";
import {
  ALL_READ,
  oneLess,
  oneMore,
  recounted,
  remarked,
  unreadBelowGap,
  unreadInNewLog,
} from "./reading.js";
import { isReturning } from "./returning.js";
import { amendLast, append, extend, itemFrom, lastItem, prepend, snapshot, without } from "./timeline.js";

/** «Анна печатает…» is shown for this long after the event (ms). */
export const TYPING_LASTS = 6_000;
/** The server may tell of typing so late (ms) that the message is there before. */
const TYPING_LATE = 1_200;
const WRITERS_KEPT = 8;
/** @type {State["history"]} */
export const NOTHING_LOADS = { older: "idle", newer: "idle" };
/** @type {State["typing"]} */
export const NOBODY_TYPES = { people: [], at: -Infinity, wrote: [] };
/** With more people than this, joining and leaving isn't shown in the list. */
const NOTES_UP_TO = 200;
/** Changes that are shown in one line, at most. */
const CHANGES_IN_A_NOTE = 20;

/** @param {WireMessage[]} messages @returns {MessageItem[]} of messages that have a seq */
const itemsFrom = (messages) => messages.map((each) => itemFrom(each, ""));

/**
 * Replaces the list by the messages of a `welcome` or a `reset`.
 *
 * @param {State} state
 * @param {{epoch: string, seq: number, messages: WireMessage[], cleared?: boolean}} event
 * @param {"first" | "gap" | "lost"} why
 * @returns {State}
 */
export function begun(state, { epoch, seq, messages, cleared }, why) {
  const list = /** @type {Item[]} */ (itemsFrom(messages));
  const first = messages[0]?.seq ?? seq + 1;
  const missed = why === "gap" ? Math.max(0, first - (state.position?.seq ?? 0) - 1) : 0;
  if (missed) list.unshift({ kind: "gap", key: `gap${state.counter}` });
  if (why === "lost") list.unshift({ kind: "lost", key: `lost${state.counter}`, cleared });
  /** @type {State} */
  const next = {
    ...state,
    counter: state.counter + 1,
    position: { epoch, seq },
    head: Math.max(seq, why === "lost" ? 0 : state.head),
    timeline: snapshot(list, first <= 1),
    history: NOTHING_LOADS,
    // What is acknowledged is in the room, or was lost with it: no message will come for it any more.
    posts: state.posts.filter((post) => post.status !== "sent" && !isAmong(post, messages, state.me)),
    forms: [],
    quoted: {},
    subject: why === "lost" ? null : state.subject,
    read: seq,
    unread: ALL_READ,
  };
  if (why === "first") return next;
  if (why === "lost") return { ...next, ...unreadInNewLog(next, state) };
  const below = { ...next, ...unreadBelowGap(next, state, missed) };
  return { ...below, unread: recounted(below) }; // some may have been deleted meanwhile
}

/** @param {Post} post @param {WireMessage[]} messages @param {Person | null} me */
const isAmong = (post, messages, me) => messages.some(({ id, from }) => id === post.id && from.id === me?.id);

/**
 * Reads what has a number in the room's log, unless it was read before, or a number before it is missing. That may be
 * missing for good; so the page asks once, by coming back with its position.
 *
 * @param {State} state
 * @param {{seq?: number, epoch?: string}} event
 * @param {(next: State) => State} read   gets the state with the event's position
 * @returns {State}
 */
function inOrder(state, { seq = 0, epoch }, read) {
  const { position, head, resyncAt } = state;
  if (!position || (epoch === position.epoch && seq <= position.seq)) return state;
  // A position is a new object after each welcome: what was asked for at this one has been answered then.
  const wasAsked =
    resyncAt !== position && resyncAt?.epoch === position.epoch && resyncAt.seq === position.seq;
  // What the server had at the last welcome comes as it was, with whatever is missing in it.
  const isNext = seq === position.seq + 1 || seq <= head || wasAsked;
  if (epoch !== position.epoch || !isNext) return { ...state, resyncAt: position };
  return read({ ...state, position: { epoch: position.epoch, seq }, head: Math.max(head, seq) });
}

/** @param {State} state @param {WireMessage & {at?: number}} event @returns {State} */
export function onMessage(state, event) {
  if (event.outside) {
    return added({ ...state, counter: state.counter + 1 }, itemFrom(event, `o${state.counter}`), event.at);
  }
  return inOrder(state, event, (next) => {
    const own = event.from.id === state.me?.id;
    const posts = own ? state.posts.filter((post) => post.id !== event.id) : state.posts;
    return added({ ...next, posts }, itemFrom(event, ""), event.at);
  });
}

/**
 * A message was changed: the change is read, whether or not the page shows what it is about.
 *
 * @param {State} state
 * @param {{seq: number, epoch: string, message: WireMessage, at?: number, now?: number}} event
 * @returns {State}
 */
export function onAmended(state, { seq, epoch, message, at, now }) {
  return inOrder(state, { seq, epoch }, (next) => {
    const known = messageAt(state, message.seq ?? 0);
    // A message that the page doesn't hold is counted until its deletion.
    const counted = message.deleted && !known?.deleted && oneLess(state, message);
    const isEdit = known && message.text !== undefined && message.text !== known.text;
    const typing = isEdit ? typingAfter(state.typing, message.from, at) : state.typing;
    return withForm({ ...next, ...counted, typing }, message.deleted ? { ...message, goneAt: now } : message);
  });
}

/**
 * @param {State} state
 * @param {Missed} event
 * @param {number} [now]   when it came. The page hears only now of the deletion of what it has shown; what it never had
 *   went when the server says.
 * @returns {State}
 */
export function onMissed(state, event, now) {
  if (event.type !== "amended") return onMessage(state, event);
  const known = messageAt(state, event.message.seq ?? 0);
  return onAmended(state, known && !known.deleted ? { ...event, now } : event);
}

/** @param {State} state @param {MessageItem} item @param {number} [at]   when it came @returns {State} */
function added(state, item, at) {
  const { unread } = state;
  const timeline = append(state.timeline, [item], state.watching);
  // What comes deleted isn't kept either where the window is full, and its deletion is still to come.
  const isCounted = !item.deleted || !timeline.atHead;
  const counts = !state.watching && isCounted && item.from.id !== state.me?.id;
  return {
    ...state,
    timeline,
    read: state.watching ? (item.seq ?? state.read) : state.read,
    unread: counts ? oneMore(unread, item.key) : unread,
    typing: typingAfter(state.typing, item.from, at),
  };
}

/** @param {State["typing"]} typing @param {{id: string}[]} gone @returns {State["typing"]} */
function typingWithout(typing, gone) {
  const people = typing.people.filter(({ id }) => !gone.some((each) => each.id === id));
  return { ...typing, people };
}

/**
 * @param {State["typing"]} typing
 * @param {{id?: string}} author   who has sent what they typed
 * @param {number} [at]
 * @returns {State["typing"]}
 */
function typingAfter(typing, { id = "" }, at = -Infinity) {
  return {
    ...typingWithout(typing, [{ id }]),
    wrote: [{ id, at }, ...typing.wrote.slice(0, WRITERS_KEPT - 1)],
  };
}

/**
 * @param {State} state
 * @param {{people: Person[], at: number}} event   those who began since the last one
 * @returns {State}
 */
export function onTyping(state, { people, at }) {
  const { me, typing } = state;
  const written = typing.wrote.filter((each) => at - each.at < TYPING_LATE);
  const told = people.filter(({ id }) => id !== me?.id && !written.some((each) => each.id === id));
  const known = typing.people.filter((each) => at - each.at < TYPING_LASTS);
  const all = new Map([...known, ...told.map((each) => ({ ...each, at }))].map((each) => [each.id, each]));
  return { ...state, typing: { ...typing, people: [...all.values()], at } };
}

/**
 * @param {State} state
 * @param {{count: number, at: number, joined?: Person[], left?: Person[], renamed?: Person[], more?: boolean}} event
 *   `more`: the server doesn't list all changes
 * @returns {State}
 */
export function onPresence(state, event) {
  const { count, left = [], renamed = [], more = false } = event;
  const changes = changesOf(state, event).filter(
    ({ what, person }) => what !== "joined" || !isReturning(state, person, event.at),
  );
  const me = renamed.find(({ id }) => id === state.me?.id) ?? state.me; // renamed in another tab
  const online = { count, people: peopleAfter(state.online.people, event) };
  const next = {
    ...state,
    me,
    online,
    typing: typingWithout(state.typing, left),
    crowd: state.crowd || more,
  };
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
  for (const person of renamed) {
    // Without a new name, it is their role that has changed.
    if (names.get(person.id) !== person.name)
      changes.push({ what: "renamed", person, was: names.get(person.id) });
  }
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

/** @param {State} state @param {Side} side @param {Loading} status @returns {State} */
export const onLoad = (state, side, status) => ({ ...state, history: { ...state.history, [side]: status } });

/** @param {State} state @param {{messages: WireMessage[], start?: boolean}} event @returns {State} */
export function onOlder(state, { messages, start = false }) {
  const line = state.timeline.chunks[0]?.items[0];
  const isOver = line?.kind === "gap" || (line?.kind === "lost" && messages.length > 0);
  const open = isOver ? without(state.timeline, line.key) : state.timeline;
  const reached = start || messages[0]?.seq === 1;
  const timeline = prepend(open, itemsFrom(messages), reached);
  const next = withForms(onLoad({ ...state, timeline }, "older", "idle"), messages);
  return { ...next, unread: remarked(next) };
}

/**
 * @param {State} state
 * @param {{messages: WireMessage[], upTo?: number}} event   `upTo`: what was asked for ended there
 * @returns {State}
 */
export function onNewer(state, { messages, upTo = messages.at(-1)?.seq ?? 0 }) {
  const timeline = extend(state.timeline, itemsFrom(messages), upTo, state.head);
  const next = withForms(onLoad({ ...state, timeline }, "newer", "idle"), messages);
  return { ...next, unread: recounted(next) };
}

/**
 * @param {State} state
 * @param {{messages: WireMessage[], upTo?: number, start?: boolean}} event
 * @returns {State} with another part of the room
 */
export function onAround(state, { messages, upTo = messages.at(-1)?.seq ?? 0, start = false }) {
  const timeline = snapshot(itemsFrom(messages), start || messages[0]?.seq === 1);
  // What couldn't be loaded was elsewhere.
  const unlessFailed = (/** @type {Loading} */ status) => (status === "failed" ? "idle" : status);
  const history = { older: unlessFailed(state.history.older), newer: unlessFailed(state.history.newer) };
  const part = { ...state, history, timeline: { ...timeline, upTo, atHead: upTo >= state.head } };
  const next = withForms(part, messages);
  return { ...next, unread: recounted({ ...next, unread: remarked(next) }) };
}
