/**
 * How messages change: by what the server says (`amended`, and newer forms of known messages), and by changes of the
 * person's own, which are shown at once, on top of the message as the server has it, until they are known to be made.
 *
 * @import {Change, Chunk, Handlers, Item, MessageItem, MyReactions, Post, Reaction, State, WireMessage}
 *   from "../types.js"
 */
import { cached } from "./cached.js";
import { subjectAfter, subjectAfterChange, subjectWithout } from "./subject.js";
import { itemFrom, itemsOf, mapMessages, seqOf } from "./timeline.js";

/** The messages by seq. */
const bySeq = cached(
  (/** @type {Chunk[]} */ chunks) => new Map(itemsOf({ chunks }).map((item) => [seqOf(item), item])),
);

/**
 * @param {State} state
 * @param {number} seq
 * @returns {MessageItem | null | undefined} null: it isn't kept; undefined: the page doesn't know it
 */
export function messageAt({ timeline, quoted }, seq) {
  return /** @type {MessageItem | undefined} */ (bySeq(timeline.chunks).get(seq)) ?? quoted[seq];
}

/** An answer isn't on its way for longer than so many changes take. */
const FORMS_AT_MOST = 100;

/**
 * @param {State} state
 * @param {WireMessage} form   that a change gives a message
 * @returns {State} with it, also where the message comes later
 */
export function withForm(state, form) {
  const others = state.forms.filter(({ seq }) => seq !== form.seq);
  return withForms({ ...state, forms: [...others, form].slice(-FORMS_AT_MOST) }, [form]);
}

/**
 * @param {State} state
 * @param {WireMessage[]} forms   of messages as they were when the server sent this
 * @returns {State} with each of them where the page has an older one
 */
export function withForms(state, forms) {
  const changed = new Map();
  for (const form of [...state.forms, ...forms])
    if ((form.rev ?? 0) > (changed.get(form.seq)?.rev ?? 0)) changed.set(form.seq, form);
  if (!changed.size) return state;
  const update = (/** @type {MessageItem} */ item) => {
    const form = changed.get(item.seq);
    if (!form?.rev) return item;
    // What is loaded once more doesn't say when the page heard that it was deleted.
    const isNewer = form.rev > (item.rev ?? 0) || (form.rev === item.rev && form.goneAt && !item.goneAt);
    return isNewer ? itemFrom(form, item.key) : item;
  };
  const timeline = mapMessages(state.timeline, update);
  let { quoted } = state;
  for (const seq of changed.keys()) {
    const item = quoted[seq ?? 0];
    if (item) quoted = { ...quoted, [seq ?? 0]: update(item) };
  }
  const gone = (/** @type {number} */ seq) => Boolean(changed.get(seq)?.deleted);
  const changes = state.changes.filter(({ seq }) => !gone(seq));
  return { ...state, timeline, quoted, changes, subject: subjectWithout(state.subject, gone) };
}

/** More of what others reply to isn't kept; what is in sight is looked up again. */
const QUOTED_AT_MOST = 500;

/**
 * @param {State} state
 * @param {{seqs: number[], messages: WireMessage[]}} event   what others reply to
 * @returns {State}
 */
function onQuoted(state, { seqs, messages }) {
  const found = Object.fromEntries(messages.map((each) => [each.seq, itemFrom(each, "")]));
  const asked = Object.fromEntries(seqs.map((seq) => [seq, found[seq] ?? null]));
  const isFull = Object.keys(state.quoted).length > QUOTED_AT_MOST;
  return withForms({ ...state, quoted: { ...(isFull ? {} : state.quoted), ...asked } }, messages);
}

/**
 * @param {Change[]} changes
 * @param {Change} change
 * @returns {Change[]} without those that wait, and are pointless by now
 */
function waitingFor(changes, { kind, seq, emoji }) {
  const isOver = (/** @type {Change} */ each) =>
    each.seq === seq && (kind === "delete" || (each.kind === kind && each.emoji === emoji));
  return changes.filter((each) => each.status !== "waiting" || !isOver(each));
}

/** What happens to a change: the page's own events. @satisfies {Partial<Handlers>} */
export const changeHandlers = {
  "change-wanted": (state, { change }) => ({
    ...state,
    changes: [...waitingFor(state.changes, change), change],
    subject: subjectAfterChange(state.subject, change),
  }),
  "changes-loaded": (state, { changes }) => relevant({ ...state, changes: [...changes, ...state.changes] }),
  "change-sent": (state, { id }) => ({ ...state, changes: amend(state.changes, id, { status: "sending" }) }),
  "change-made": (state, { id, seq }) =>
    relevant({ ...state, changes: amend(state.changes, id, { status: "made", upTo: seq }) }),
  "reacted-elsewhere": (state, { reacted }) => ({ ...state, reacted: reactedIn(state, reacted) }),
  "change-refused": onRefused,
  "change-dropped": (state, { id }) => ({
    ...state,
    changes: state.changes.filter((each) => each.id !== id),
  }),
  "quotes-loaded": onQuoted,
  "subject-set": (state, { subject }) => ({ ...state, subject: subjectAfter(state.subject, subject) }),
};

/** The person's own reactions are remembered to so many messages, the newest. */
const REACTED_AT_MOST = 200;

/** @param {State["reacted"]} reacted @param {Change} change   that was made @returns {State["reacted"]} */
function reactedAfter(reacted, { kind, seq, emoji = "", on }) {
  if (kind !== "react") return reacted;
  const others = (reacted[seq] ?? []).filter((each) => each !== emoji);
  const all = Object.entries({ ...reacted, [seq]: on ? [...others, emoji] : others });
  return Object.fromEntries(all.filter(([, mine]) => mine.length).slice(-REACTED_AT_MOST));
}

/**
 * @param {Pick<State, "position" | "me" | "reacted">} state
 * @param {MyReactions | null} [kept]   what a browser remembers: perhaps of somebody else, or of another log
 * @returns {State["reacted"]} what the state has, if so
 */
export function reactedIn({ position, me, reacted }, kept) {
  if (!kept) return {};
  return kept.epoch === position?.epoch && kept.id === me?.id ? kept.all : reacted;
}

/** Errors after which a post or a change is sent again. */
export const TEMPORARY = new Set(["busy", "rate_limited", "unavailable"]);

/**
 * @param {State} state
 * @param {{id: string, code: string, retry_after?: number, at: number}} event
 * @returns {State}
 */
function onRefused(state, { id, code, retry_after = 1, at }) {
  if (code !== "no_answer" && !TEMPORARY.has(code)) return keeping(state, (each) => each.id !== id);
  const pause = TEMPORARY.has(code) ? { until: at + retry_after * 1000, code } : state.pause;
  return { ...state, pause, changes: amend(state.changes, id, { status: "waiting" }) };
}

/**
 * @template {{id: string}} T
 * @param {T[]} all
 * @param {string} id
 * @param {Partial<T>} more   of the one with this id
 * @returns {T[]}
 */
export const amend = (all, id, more) => all.map((each) => (each.id === id ? { ...each, ...more } : each));

/**
 * @param {State} state
 * @returns {State} without changes that the page has, and those of an epoch that is over
 */
function relevant(state) {
  const { position } = state;
  if (!position || !state.changes.length) return state;
  const isShown = (/** @type {Change} */ { upTo = Infinity }) => upTo <= position.seq;
  const changes = state.changes.filter(({ epoch }) => epoch === position.epoch);
  const reacted = changes.filter(isShown).reduce(reactedAfter, state.reacted);
  const lost = state.changes.filter(({ epoch, status }) => epoch !== position.epoch && status !== "made");
  return keeping(
    { ...state, reacted, changesLost: state.changesLost + lost.length },
    (each) => changes.includes(each) && !isShown(each),
  );
}

/**
 * What the person wrote in an edit that will never be made isn't lost: it becomes a post that wasn't sent.
 *
 * @param {State} state
 * @param {(change: Change) => boolean} isKept
 * @returns {State}
 */
function keeping(state, isKept) {
  const changes = state.changes.filter(isKept);
  if (changes.length === state.changes.length) return state;
  const lost = state.changes.filter((each) => !isKept(each));
  const texts = lost.filter(({ kind, text, status }) => kind === "edit" && text && status !== "made");
  return { ...state, changes, posts: texts.length ? [...state.posts, ...texts.map(unsaved)] : state.posts };
}

/** @param {Change} edit @returns {Post} with an id of its own, the same in every tab that has this edit */
const unsaved = ({ id, text = "", time }) => ({ id: `${id}_`, text, time, status: "failed", code: "edit" });

/**
 * @param {State} state   after any event
 * @param {State} before
 * @returns {State} whose messages are as the person is to see them: with the changes that are pending
 */
export function withPending(state, before) {
  const { changes, reacted } = before;
  const isDue = state.timeline !== before.timeline || state.position !== before.position;
  if (!isDue && state.changes === changes && state.reacted === reacted) return state;
  if (![state.changes, changes, state.reacted, reacted].some((each) => Object.keys(each).length))
    return state;
  const left = relevant(state);
  const overlay = (/** @type {MessageItem} */ item) => pendingOn(item, left);
  const quoted = { ...left.quoted };
  for (const [seq, item] of Object.entries(quoted)) quoted[Number(seq)] = item && overlay(item);
  return { ...left, timeline: mapMessages(left.timeline, overlay), quoted };
}

/** @param {MessageItem} item @param {State} state @returns {MessageItem} the same if it is so already */
function pendingOn(item, { changes, reacted, me }) {
  const own = changes.filter(({ seq }) => seq === item.seq);
  const mine = reacted[item.seq ?? 0];
  const { base = item, pending = [] } = item;
  const isSame = own.length === pending.length && own.every(({ id }, i) => id === pending[i].id);
  if (isSame && item.mine === mine) return item;
  if (!own.length && !mine) return base;
  const reactions = base.reactions?.map((each) =>
    mine?.includes(each.emoji) ? withOwn(each, me?.id) : each,
  );
  /** @type {MessageItem} */
  const shown = { ...base, reactions, base, mine, pending: own.length ? own : undefined };
  return own.reduce((each, change) => changed(each, change, me?.id ?? ""), shown);
}

/**
 * @param {Reaction} reaction   of which the server lists only the first people
 * @param {string} [me]
 * @returns {Reaction}
 */
function withOwn(reaction, me = "") {
  const { count, people } = reaction;
  const isListed = people.includes(me) || people.length >= count;
  return isListed ? reaction : { ...reaction, people: [...people, me] };
}

/** @param {MessageItem} item @param {Change} change @param {string} me @returns {MessageItem} */
function changed(item, { kind, text = "", emoji = "", on = true, time }, me) {
  if (kind === "edit") return { ...item, text, edited: time };
  if (kind === "react") return { ...item, reactions: toggled(item.reactions ?? [], emoji, on, me) };
  const none = { reply: undefined, reactions: undefined, pictures: undefined };
  return { ...item, ...none, text: "", edited: time, deleted: true };
}

/**
 * @param {Reaction[]} reactions
 * @param {string} emoji
 * @param {boolean} on
 * @param {string} me
 * @returns {Reaction[]}
 */
function toggled(reactions, emoji, on, me) {
  const known = reactions.find((each) => each.emoji === emoji);
  if (on === Boolean(known?.people.includes(me))) return reactions;
  if (!known) return [...reactions, { emoji, count: 1, people: [me] }];
  const people = on ? [...known.people, me] : known.people.filter((id) => id !== me);
  const next = { emoji, count: known.count + (on ? 1 : -1), people };
  return reactions.map((each) => (each === known ? next : each)).filter(({ count }) => count > 0);
}

/** Where a message was, a line stands for this long after it was deleted (ms). */
const TOMBSTONE_LASTS = 60 * 60_000;

/**
 * @param {Item} item
 * @returns {number} when its tombstone goes (as `Date.now()`), Infinity for what isn't deleted. The time of a deletion
 *   is the server's: by a clock that is wrong, this may be at once, so what the page hears of counts from then.
 */
export function tombstoneEnd(item) {
  if (item.kind !== "message" || !item.deleted) return Infinity;
  return (item.goneAt ?? Date.parse(item.edited ?? item.time)) + TOMBSTONE_LASTS;
}
