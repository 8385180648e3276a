/**
 * The socket: opens it, finds out when it is dead, and opens it again. Knows nothing of what is said on it but `ping`.
 *
 * @import {Phase} from "./types.js"
 */
import { ReconnectingSocket } from "../vendor/vendor.js";

/** A silent socket is asked whether it lives after this long (ms): well under what routers forget a connection in. */
const SILENCE = 20_000;
/** No answer in this time (ms) means that it doesn't live. */
const ANSWER = 5_000;
/** Delays (ms) grow from the first to the last; half of each is chance, so that a restart isn't followed by a stampede. */
const FIRST_DELAY = 1_000;
const LAST_DELAY = 30_000;
/** Close codes that wait for the person (docs/protocol.md). */
const STAY_AWAY = { from: 4500, to: 4999 };
/** @type {Record<number, Phase>} */
const PHASES = { 4500: "stopped", 4502: "expired" };

/** @param {number} attempt   from 0 @param {number} chance   0 to 1 @returns {number} milliseconds before the next try */
export function delayBefore(attempt, chance) {
  const longest = Math.min(LAST_DELAY, FIRST_DELAY * 2 ** attempt);
  return Math.round(longest / 2 + (longest / 2) * chance);
}

/**
 * @param {object} options
 * @param {string} options.url
 * @param {() => object} options.hello   the command that opens each conversation
 * @param {(event: any) => void} options.onEvent   of each event from the server
 * @param {(change: {phase: Phase, retryAt?: number}) => void} options.onPhase
 */
export function openConnection({ url, hello, onEvent, onPhase }) {
  let attempt = 0;
  let lastHeard = 0;
  /** @type {(() => void) | null} ends the wait before the next try */
  let skipDelay = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pongTimer;

  const socket = new ReconnectingSocket(next, [], {
    startClosed: true,
    maxEnqueuedMessages: 0,
    connectionTimeout: 10_000,
    // All delays are made in `next`, where they can be random and cut short.
    minReconnectionDelay: 0,
    maxReconnectionDelay: 0,
    shouldReconnectOnClose: ({ code }) => code < STAY_AWAY.from || code > STAY_AWAY.to,
  });

  /** @returns {Promise<string>} the address, when it is time to try it */
  async function next() {
    if (attempt > 0) {
      const delay = delayBefore(attempt - 1, Math.random());
      // Tried without a network too: the chat may run on this very machine.
      const phase = navigator.onLine === false ? "offline" : "waiting";
      onPhase({ phase, retryAt: Date.now() + delay });
      await pause(delay);
    }
    attempt += 1;
    onPhase({ phase: "connecting" });
    return url;
  }

  /** @param {number} delay */
  function pause(delay) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay, undefined);
      skipDelay = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    }).finally(() => (skipDelay = null));
  }

  /** @param {object} command @returns {boolean} whether it was given to an open socket */
  const send = (command) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(command));

  /** Asks a silent socket whether it lives; without an answer it is given up. */
  function probe() {
    if (socket.readyState !== socket.OPEN || pongTimer) return;
    const asked = Date.now();
    send({ type: "ping" });
    pongTimer = setTimeout(() => {
      pongTimer = undefined;
      if (lastHeard < asked) retry();
    }, ANSWER);
  }

  /** Drops the socket, if there is one, and opens another at once. */
  function retry() {
    if (skipDelay) skipDelay();
    else socket.reconnect();
    attempt = 0;
  }

  socket.addEventListener("open", () => {
    lastHeard = Date.now();
    onPhase({ phase: "joining" });
    send(hello());
  });
  socket.addEventListener("message", ({ data }) => {
    lastHeard = Date.now();
    const event = parsed(data);
    if (event?.type === "welcome") attempt = 0;
    if (event && event.type !== "pong") onEvent(event);
  });
  socket.addEventListener("close", ({ code }) => {
    clearTimeout(pongTimer);
    pongTimer = undefined;
    attempt = Math.max(attempt, 1);
    if (code >= STAY_AWAY.from && code <= STAY_AWAY.to) onPhase({ phase: PHASES[code] ?? "removed" });
  });

  setInterval(() => {
    if (Date.now() - lastHeard >= SILENCE) probe();
  }, ANSWER);
  addEventListener("online", () => (skipDelay ? skipDelay() : probe()));
  addEventListener("offline", probe);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) probe();
  });

  return { send, retry, leave: () => socket.close() };
}

/** @param {unknown} data @returns {{type: string, [field: string]: any} | null} */
function parsed(data) {
  try {
    const event = JSON.parse(String(data));
    return typeof event?.type === "string" ? event : null;
  } catch {
    return null;
  }
}
