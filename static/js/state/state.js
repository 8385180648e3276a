/**
 * The state of the page, a pure function of its events: `apply(state, event)`. Events come from the server
 * (docs/protocol.md) or from the page itself; `at` is an event's time (ms since the page was opened,
 * which a change of the clock doesn't touch), `now` the same by this machine's clock.
 *
 * @import {EventOf, EventType, Handlers, Post, State, Timed} from "../types.js"
 */

import { amend, changeHandlers, reactedIn, TEMPORARY, withPending } from "./changes.js";
import { hindered, onJoinWanted, onPhase } from "./phases.js";
import * as reading from "./reading.js";
import { NOBODY_ONLINE, onlineAfter } from "./returning.js";
import * as room from "./room.js";
import {
  FREE,
  HOLDS,
  heldBack,
  holdAfter,
  NO_RULES,
  onMuted,
  onRules,
  recalled,
  rulesOnEntering,
} from "./rules.js";
import { learnedFrom, UNKNOWN, whenSent } from "./server-clock.js";
import { append, empty } from "./timeline.js";

/** A connection that is lost for longer is mentioned, and so is its return (ms). */
export const NOTICEABLE = 2000;
/** Connecting for the first time is mentioned if it takes longer (ms). */
export const CONNECTING_SHOWN_AFTER = 500;
/** Errors after which the person must change something to get in. */
const REFUSALS = new Set([
  "name_invalid",
  "name_taken",
  "room_invalid",
  "room_unknown",
  "password_required",
  "password_wrong",
  "token_invalid",
  "barred",
  "locked",
]);

/** @param {string} name   of the room @returns {State} */
export const initial = (name) => ({
  room: name,
  me: null,
  connection: { phase: "idle", since: 0, retryAt: 0, joinedBefore: false, backAt: 0, obstacle: "" },
  position: null,
  head: 0,
  limits: { text: 4000, name: 32 },
  timeline: empty(),
  history: room.NOTHING_LOADS,
  posts: [],
  attached: [],
  changes: [],
  changesLost: 0,
  reacted: {},
  subject: null,
  forms: [],
  quoted: {},
  ...NOBODY_ONLINE,
  crowd: false,
  typing: room.NOBODY_TYPES,
  read: 0,
  readElsewhere: null,
  countedAfter: 0,
  unread: reading.ALL_READ,
  gone: [],
  watching: true,
  resyncAt: null,
  activeAt: 0,
  idleAt: 0,
  degraded: false,
  serverClock: UNKNOWN,
  pause: { until: 0, code: "" },
  role: "",
  rules: NO_RULES,
  hold: FREE,
  refusal: null,
  renewed: false,
  isLinkRefused: false,
  counter: 0,
});

/**
 * @template {EventType} T
 * @param {State} state
 * @param {EventOf<T> & Timed} event
 * @returns {State} the same object if nothing changed, as after an event that only a newer server knows
 */
export function apply(state, event) {
  const handler = handlers[event.type];
  return handler ? withPending(reading.withReadElsewhere(handler(state, event), state), state) : state;
}

/** @type {Handlers} */
const handlers = {
  welcome,
  message: (state, event) => {
    const next = room.onMessage(state, event);
    const serverClock = learnedFrom(state, event);
    return next === state
      ? state
      : { ...next, activeAt: event.at, hold: holdAfter(state, event), serverClock };
  },
  amended: (state, event) => ({ ...room.onAmended(state, event), activeAt: event.at }),
  ack: (state, { id, seq }) => ({ ...state, posts: acknowledged(state, id, seq) }),
  online: (state, event) =>
    room.onPresence(event.joined?.length ? { ...state, activeAt: event.at } : state, event),
  typing: room.onTyping,
  renamed: (state, { you }) => ({ ...state, me: you }),
  rules: onRules,
  muted: onMuted,
  role: (state, { role }) => ({ ...state, role }),
  reset: (state, event) => room.begun({ ...state, reacted: {} }, event, "lost"),
  notice,
  error: refused,
  "phase-changed": onPhase,
  "obstacle-changed": hindered,
  "older-loaded": room.onOlder,
  "newer-loaded": room.onNewer,
  "around-loaded": room.onAround,
  "join-wanted": onJoinWanted,
  "history-wanted": (state, { side }) => room.onLoad(state, side, "loading"),
  "history-failed": (state, { side }) => room.onLoad(state, side, "failed"),
  "history-outdated": (state, { side }) => room.onLoad(state, side, "idle"),
  "people-loaded": (state, { people, count }) => ({ ...state, crowd: false, online: { people, count } }),
  "posts-loaded": (state, { posts }) => ({ ...state, posts: [...posts, ...state.posts] }),
  "post-written": (state, { post }) => ({
    ...state,
    posts: [...state.posts, post],
    attached: [],
    // What lies below an older part wasn't seen.
    ...(state.timeline.atHead && {
      unread: reading.ALL_READ,
      countedAfter: state.position?.seq ?? state.countedAfter,
    }),
    subject: null,
  }),
  "post-sent": (state, { id, tried }) => ({
    ...withPost(state, id, { status: "sending", tried }),
    serverClock: whenSent(state, { id }),
  }),
  "post-retried": (state, { id }) => ({
    ...state,
    posts: state.posts.map((post) => (post.id === id ? retried(post) : post)),
  }),
  "post-expired": (state, { id }) => withPost(state, id, { status: "failed", code: "old" }),
  "post-recalled": recalled,
  "post-discarded": (state, { id }) => ({ ...state, posts: state.posts.filter((post) => post.id !== id) }),
  ...changeHandlers,
  "attachments-changed": (state, { attached, posts = state.posts }) => ({ ...state, attached, posts }),
  "view-changed": reading.watch,
  "read-elsewhere": (state, { epoch, seq }) => ({ ...state, readElsewhere: { epoch, seq } }),
};

/** @param {State} state @param {string} id @param {Partial<Post>} more   of this post @returns {State} */
const withPost = (state, id, more) => ({ ...state, posts: amend(state.posts, id, more) });

/**
 * @param {Post} post
 * @returns {Post} as it is to be tried once more. Where it may have arrived a day ago, the person accepts
 *   that it may come twice; else its first attempt still counts.
 */
const retried = (post) => ({
  ...post,
  status: "waiting",
  code: undefined,
  tried: post.code === "old" ? undefined : post.tried,
});

/**
 * @param {State} state
 * @param {EventOf<"welcome"> & Timed} event
 * @returns {State}
 */
function welcome(state, event) {
  const { connection: before } = state;
  const away = before.joinedBefore && event.at - before.since >= NOTICEABLE;
  const reacted = !event.lost && state.me?.id === event.you.id ? state.reacted : {};
  /** @type {State} */
  const joined = {
    ...state,
    me: event.you,
    room: event.room,
    head: event.head,
    limits: { ...state.limits, ...event.limits },
    role: event.role ?? "",
    hold: onMuted(state, { at: event.at, seconds: event.muted ?? null }).hold,
    // A later event may have come before this one.
    rules: state.rules.version > (event.rules?.version ?? 0) ? state.rules : (event.rules ?? NO_RULES),
    connection: {
      phase: "online",
      since: event.at,
      retryAt: 0,
      joinedBefore: true,
      backAt: away ? event.at : 0,
      obstacle: "",
    },
    ...onlineAfter(state, event),
    typing: room.NOBODY_TYPES,
    crowd: false,
    history: room.NOTHING_LOADS,
    activeAt: event.at,
    idleAt: 0,
    serverClock: UNKNOWN,
    degraded: false,
    refusal: null,
    renewed: state.renewed || event.renewed,
    isLinkRefused: event.isLinkRefused,
    reacted: reactedIn({ position: event, me: event.you, reacted }, event.reacted),
    // Another tab may have been back before, and read there what this one hasn't got yet.
    readElsewhere: event.read ?? state.readElsewhere,
  };
  if (!state.position) return greeted(room.begun(joined, event, "first"), event);
  if (!event.recovered) return room.begun(joined, event, event.lost ? "lost" : "gap");
  const caughtUp = event.messages.reduce((next, each) => room.onMissed(next, each, event.now), joined);
  return { ...caughtUp, position: { epoch: event.epoch, seq: event.seq } };
}

/**
 * The first welcome of a page: adds the greeting, and finds the first unread message.
 *
 * @param {State} state
 * @param {{text: string, read?: {epoch: string, seq: number}}} event
 * @returns {State}
 */
function greeted(state, { text, read }) {
  const head = state.position?.seq ?? 0;
  // Who hasn't been here has nothing to catch up on, and hasn't read what is here either.
  const known = read && read.epoch === state.position?.epoch ? Math.min(read.seq, head) : undefined;
  const countedAfter = known ?? head;
  const greeting = { kind: /** @type {const} */ ("greeting"), key: "greeting", text };
  return {
    ...state,
    timeline: append(state.timeline, [greeting, ...rulesOnEntering(state)], true),
    read: known ?? 0,
    countedAfter,
    unread: reading.unreadAfter(state, countedAfter),
  };
}

/** @param {State} state @param {string} id @param {number} seq @returns {Post[]} */
function acknowledged({ posts, position }, id, seq) {
  const shown = position && position.seq >= seq;
  return shown ? posts.filter((post) => post.id !== id) : amend(posts, id, { status: "sent" });
}

/** @param {State} state @param {EventOf<"notice"> & {at: number}} event @returns {State} */
function notice(state, { code, seconds = 0, at }) {
  if (code === "idle") return { ...state, idleAt: at + seconds * 1000 };
  if (code === "active") return { ...state, activeAt: at, idleAt: 0 };
  if (code === "degraded" || code === "restored") return { ...state, degraded: code === "degraded" };
  return state;
}

/**
 * @param {State} state
 * @param {EventOf<"error"> & {at: number}} event
 * @returns {State}
 */
function refused(state, { code, id, retry_after, suggestion, scope, at }) {
  const until = at + (retry_after ?? Infinity) * 1000;
  if (id && TEMPORARY.has(code)) {
    const pause = { until: at + (retry_after ?? 1) * 1000, code };
    return { ...state, pause, posts: amend(state.posts, id, { status: "waiting" }) };
  }
  if (id && HOLDS.has(code)) return heldBack(state, id, { code, until });
  if (id) return withPost(state, id, { status: "failed", code });
  const { phase } = state.connection;
  const refusal = { code, suggestion, scope, until };
  if (code === "barred" && phase === "online")
    return onPhase({ ...state, refusal }, { phase: "removed", at });
  if (phase !== "joining") return state;
  if (REFUSALS.has(code)) return { ...state, refusal };
  return TEMPORARY.has(code) ? hindered(state, { obstacle: "unavailable" }) : state;
}
