/**
 * How the state of the connection changes.
 *
 * @import {Obstacle, Phase, State} from "../types.js"
 */
import { NOBODY_TYPES } from "./room.js";

/** @param {State} state @param {{obstacle: Obstacle}} event @returns {State} */
export function hindered(state, { obstacle }) {
  return { ...state, connection: { ...state.connection, obstacle } };
}

/**
 * @param {Obstacle} known
 * @param {Phase} phase
 * @returns {Obstacle} a server that stopped and doesn't come back at once is off
 */
function obstacleIn(known, phase) {
  if (phase === "stopped") return "stopped";
  return known === "stopped" && (phase === "waiting" || phase === "offline") ? "off" : known;
}

/** In these nobody waits for a connection: that begins when they end. @type {Set<Phase>} */
const AT_REST = new Set(["online", "idle", "stopped", "removed", "expired"]);

/**
 * Somebody who may have thought about a refusal for long wants in.
 *
 * @param {State} state
 * @param {{at: number}} event
 * @returns {State}
 */
export function onJoinWanted(state, { at }) {
  const connection = state.refusal ? { ...state.connection, since: at } : state.connection;
  return { ...state, refusal: null, connection };
}

/** @param {State} state @param {{phase: Phase, at: number, retryAt?: number}} event @returns {State} */
export function onPhase(state, { phase, at, retryAt = 0 }) {
  const since = AT_REST.has(state.connection.phase) || phase === "stopped" ? at : state.connection.since;
  const obstacle = obstacleIn(state.connection.obstacle, phase);
  const next = { ...state.connection, phase, retryAt, since, obstacle };
  const posts = state.posts.map((post) =>
    post.status === "sending" ? { ...post, status: /** @type {const} */ ("waiting") } : post,
  );
  const rules = phase === "joining" ? { ...state.rules, version: 0 } : state.rules;
  return { ...state, connection: next, posts, rules, idleAt: 0, typing: NOBODY_TYPES };
}
