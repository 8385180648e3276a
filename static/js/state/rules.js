/**
 * The rules of the room, and what keeps the person from posting.
 *
 * @import {Hold, Post, Rules, RulesItem, State, Subject} from "../types.js"
 */

import { takenBack } from "./attachments.js";
import { messageAt } from "./changes.js";
import { subjectWith } from "./subject.js";
import { append } from "./timeline.js";

/** @type {Rules} */
export const NO_RULES = { version: 0, slow: 0, read_only: false, locked: false, password: false, topic: "" };
/** @type {Hold} */
export const FREE = { code: "", until: 0 };
/** Errors of a post that isn't allowed now. */
export const HOLDS = new Set(["muted", "read_only", "slow", "barred"]);

/** The strongest first: the header shows one of them. */
const LASTING = /** @type {const} */ (["read_only", "slow", "locked", "password"]);

/** @param {Rules} rules @returns {Array<typeof LASTING[number]>} those in force, without the topic */
export const rulesInForce = (rules) => LASTING.filter((name) => rules[name]);

/** @param {{role?: string}} person */
export const isModerator = ({ role }) => role === "moderator";

/** @param {State} state @param {Rules & {at: number}} event @returns {State} with a line in the list */
export function onRules(state, { at, ...rules }) {
  const { rules: before, counter, hold } = state;
  if (rules.version === before.version) return state;
  const until = hold.code === "slow" ? Math.min(hold.until, at + rules.slow * 1000) : hold.until;
  const item = { kind: /** @type {const} */ ("rules"), key: `r${counter}`, rules, before };
  const timeline = append(state.timeline, [item], state.watching);
  return { ...state, rules, hold: { ...hold, until }, counter: counter + 1, timeline };
}

/**
 * @param {State} state
 * @returns {RulesItem[]} a line with what of the rules holds for everyone who writes, where there is any
 */
export function rulesOnEntering({ rules: { slow, read_only } }) {
  if (!slow && !read_only) return [];
  return [{ kind: "rules", key: "rules", rules: { ...NO_RULES, slow, read_only }, before: NO_RULES }];
}

/**
 * @param {State} state
 * @param {{at: number, seconds?: number | null}} event   0: for good; null: no longer
 * @returns {State}
 */
export function onMuted(state, { at, seconds = null }) {
  if (seconds === null) return state.hold.code === "slow" ? state : { ...state, hold: FREE };
  return { ...state, hold: { code: "muted", until: seconds ? at + seconds * 1000 : Infinity } };
}

/**
 * @param {State} state
 * @param {{from: {id?: string}, at: number}} message
 * @returns {Hold} after it: a mute outlasts the post that was on its way
 */
export function holdAfter({ rules, role, hold, me }, { from, at }) {
  const isMuted = hold.code === "muted" && hold.until > at;
  if (!rules.slow || isMuted || from.id !== me?.id || isModerator({ role })) return hold;
  return { code: "slow", until: at + rules.slow * 1000 };
}

/**
 * @param {State} state
 * @param {Post["reply"]} [reply]
 * @returns {reply is NonNullable<Post["reply"]>} whether it still replies to a message; in another log its
 *   number is another message's
 */
const isThere = (state, reply) =>
  Boolean(reply && reply.epoch === state.position?.epoch && !messageAt(state, reply.seq)?.deleted);

/**
 * @param {State} state
 * @param {string} id   of a post whose text goes back into the field (see `Composer`)
 * @returns {Subject | null} what the field is about then
 */
function subjectWithReplyOf(state, id) {
  const replied = state.posts.find((post) => post.id === id)?.reply;
  if (!isThere(state, replied)) return state.subject;
  return subjectWith(state.subject, { what: "reply", seq: replied.seq, from: replied.from });
}

/**
 * @param {State} state
 * @param {string} id   of a post that isn't allowed now: it is a draft again, with all that was to follow it
 * @param {Hold} hold
 * @returns {State}
 */
export const heldBack = (state, id, hold) => ({
  ...state,
  // The room's rules tell of the others, or the page over the chat.
  hold: /^(muted|slow)$/.test(hold.code) ? hold : state.hold,
  ...takenBack(state, ({ status }) => status !== "failed" && status !== "sent"),
  subject: subjectWithReplyOf(state, id),
});

/**
 * @param {State} state
 * @param {{id: string}} post   that failed, or waits for its pictures: it is a draft again, to be corrected
 * @returns {State}
 */
export const recalled = (state, { id }) => ({
  ...state,
  // The last picture may have come during the press: what is on its way can't be called back.
  ...takenBack(state, (post) => post.id === id && /^(failed|uploading)$/.test(post.status)),
  subject: subjectWithReplyOf(state, id),
});

/** @param {State} state @param {number} now @returns {Hold | null} what keeps the person from posting */
export function holdOf({ hold, rules, role }, now) {
  const isAbove = isModerator({ role });
  if (rules.read_only && !isAbove) return { code: "read_only", until: Infinity };
  return hold.until > now && !(isAbove && hold.code === "slow") ? hold : null;
}

/**
 * @param {State} state
 * @param {number} now
 * @param {boolean} isEdit   which slow mode lets through
 * @returns {boolean} whether nothing may be sent from the field at the moment
 */
export function isPaused(state, now, isEdit) {
  const code = holdOf(state, now)?.code;
  const isTooFast = state.pause.code === "rate_limited" && state.pause.until > now;
  return isTooFast || Boolean(code && !(isEdit && code === "slow"));
}

/**
 * @param {State} state
 * @param {string | undefined} id   of somebody
 * @returns {boolean} whether the person may mute and remove them
 */
export function mayBar(state, id) {
  const { me, online } = state;
  const isTheirs = id !== undefined && id !== me?.id;
  return isTheirs && isModerator(state) && !online.people.some((each) => each.id === id && isModerator(each));
}
