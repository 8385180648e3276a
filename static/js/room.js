/**
 * Applies the room's events to the state: messages, presence, and parts of the history.
 *
 * @import {MessageItem, Person, PresenceChange, State, WireMessage} from "./types.js"
 */
import { amendLast, append, extend, itemFrom, lastItem, prepend, snapshot, without } from "./timeline.js";

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

/** @param {State} state @param {MessageItem} item @returns {State} */
function added(state, item) {
  const { mark, count } = state.unread;
  const counts = !state.watching && item.from.id !== state.me?.id;
  const people = state.typing.people.filter((person) => person.id !== item.from.id);
  return {
    ...state,
    timeline: append(state.timeline, [item], state.watching),
    unread: counts ? { mark: count ? mark : item.key, count: count + 1 } : state.unread,
    typing: people.length === state.typing.people.length ? state.typing : { ...state.typing, people },
  };
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
  return { ...state, history: "idle", timeline: prepend(open, itemsFrom(messages), reached) };
}

/** @param {State} state @param {{messages: WireMessage[]}} event @returns {State} */
export function onNewer(state, { messages }) {
  return { ...state, history: "idle", timeline: extend(state.timeline, itemsFrom(messages), state.head) };
}

/**
 * @param {State} state
 * @param {{messages: WireMessage[], start?: boolean}} event
 * @returns {State} with another part of the room
 */
export function onAround(state, { messages, start = false }) {
  const timeline = snapshot(itemsFrom(messages), start || messages[0]?.seq === 1);
  return { ...state, timeline: { ...timeline, atHead: (messages.at(-1)?.seq ?? 0) >= state.head } };
}
