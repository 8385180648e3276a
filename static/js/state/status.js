/**
 * What the status bar says of the connection, unless all is well.
 *
 * @import {Phase, State} from "../types.js"
 */
import { CONNECTING_SHOWN_AFTER, NOTICEABLE } from "./state.js";

/**
 * @typedef {object} Status
 * @property {string} id   of the text
 * @property {"quiet" | "warning" | "good"} tone
 * @property {number} [seconds]   a countdown, which isn't read aloud
 * @property {number} [minutes]
 * @property {"now" | "stay" | "connect" | "check" | "reload"} [action]
 */

/** @param {number} until @param {number} now */
const secondsLeft = (until, now) => Math.max(0, Math.ceil((until - now) / 1000));

/** @param {State} state @param {number} now @returns {Status | null} null: nothing to show (yet) */
export function statusOf(state, now) {
  if (state.refusal) return null; // a dialog waits for the person
  switch (state.connection.phase) {
    case "idle":
    case "removed": // these two have a dialog as well
    case "expired":
      return null;
    case "online":
      return statusOnline(state, now);
    case "stopped":
      return statusStopped(state);
    case "offline":
      return { id: "status-offline", tone: "warning" };
    default:
      return statusConnecting(state.connection, now);
  }
}

/** @param {State} state @param {number} now @returns {Status | null} */
function statusOnline({ connection, idleAt, degraded, pause, renewed }, now) {
  if (degraded) return { id: "status-degraded", tone: "warning" };
  if (idleAt > now) {
    return { id: "status-idle", tone: "warning", seconds: secondsLeft(idleAt, now), action: "stay" };
  }
  if (pause.until > now) {
    const id = pause.code === "rate_limited" ? "status-fast" : "status-busy";
    return { id, tone: "warning", seconds: secondsLeft(pause.until, now) };
  }
  if (renewed) return { id: "status-renewed", tone: "quiet", action: "reload" };
  if (connection.backAt && now - connection.backAt < NOTICEABLE) return { id: "status-back", tone: "good" };
  return null;
}

/** @param {State} state @returns {Status} */
function statusStopped({ connection, activeAt }) {
  const minutes = Math.round((connection.since - activeAt) / 60_000);
  const id = minutes ? "status-stopped" : "status-stopped-plain";
  return { id, tone: "warning", minutes, action: "connect" };
}

/** @param {State["connection"]} connection @param {number} now @returns {Status | null} */
function statusConnecting({ phase, since, retryAt, joinedBefore, obstacle }, now) {
  if (obstacle === "off") return { id: "status-off", tone: "warning", action: "check" };
  if (obstacle === "proxy") return { id: "status-proxy", tone: "warning", action: "check" };
  if (obstacle === "unavailable") return statusUnavailable(phase, retryAt, now);
  if (now - since < (joinedBefore ? NOTICEABLE : CONNECTING_SHOWN_AFTER)) return null;
  if (phase === "waiting") {
    return { id: "status-lost", tone: "warning", seconds: secondsLeft(retryAt, now), action: "now" };
  }
  return joinedBefore ? { id: "status-lost", tone: "warning" } : { id: "status-connecting", tone: "quiet" };
}

/** @param {Phase} phase @param {number} retryAt @param {number} now @returns {Status} */
function statusUnavailable(phase, retryAt, now) {
  const seconds = phase === "waiting" ? secondsLeft(retryAt, now) : undefined;
  return { id: "status-unavailable", tone: "warning", seconds };
}
