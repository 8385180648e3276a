/**
 * The socket: opens it, notices when it is dead, and reopens it. The only commands that it knows are `hello`
 * and `ping`.
 *
 * @import {Phase, WireEvent} from "../types.js"
 */
import { ReconnectingSocket } from "../../vendor/vendor.js";

/** A silent socket is probed after this long (ms): routers forget a connection much later. */
const SILENCE = 20_000;
/** A probe without an answer in this time (ms) means that the socket is dead. */
const PONG_TIMEOUT = 5_000;
/** Without a network only a server on this machine can answer (ms), and people want to know at once. */
const OFFLINE_PONG_TIMEOUT = 1_000;
/**
 * Delays (ms) grow from the first to the last. Half of each is random, so that clients don't return all at
 * once.
 */
const FIRST_DELAY = 1_000;
const LAST_DELAY = 30_000;
/**
 * A server that restarts closes its connections one by one, so each comes back at once (ms), to another or
 * the new one.
 */
const RESTART_DELAY = 300;
const RESTARTING = 1012;
/** A server that has stopped comes back when somebody starts it: no hurry (ms). */
const STOPPED_DELAY = 15_000;
/** What makes one page of a room ask for its state anew makes all of them: each does it within this time (ms). */
const RETRY_SPREAD = 2_000;
/** Somebody who returns to the page needn't wait for the next attempt, unless the last one was so recent (ms). */
const RETURN_INTERVAL = 5_000;
/** After these close codes only the person connects again (docs/protocol.md). */
const STAY_AWAY = { from: 4500, to: 4999 };
/** @type {Record<number, Phase>} */
const PHASES = { 4500: "stopped", 4502: "expired" };

/** @param {number} code */
const isFinal = (code) => code >= STAY_AWAY.from && code <= STAY_AWAY.to;

/**
 * @param {number} attempt   from 0
 * @param {number} chance   0 to 1
 * @param {boolean} [isRestart]   the server restarts, and nothing was tried since
 * @returns {number} ms before the next attempt
 */
export function delayBefore(attempt, chance, isRestart = false) {
  if (isRestart) return Math.round(RESTART_DELAY * chance);
  const longest = Math.min(LAST_DELAY, FIRST_DELAY * 2 ** attempt);
  return Math.round(longest / 2 + (longest / 2) * chance);
}

/**
 * @param {Phase} phase
 * @returns {Phase} without a network the page tries, too, as the server may run on this machine; but it is offline
 */
const unlessOffline = (phase) => (navigator.onLine === false ? "offline" : phase);

/** @param {unknown} data @returns {WireEvent | {type: "pong"} | null} null: not an event */
function parse(data) {
  try {
    const event = JSON.parse(String(data));
    return typeof event?.type === "string" ? event : null;
  } catch {
    return null;
  }
}

export class Connection {
  #options;
  #attempt = 0;
  /** When the last attempt began. */
  #triedAt = -Infinity;
  #lastHeard = 0;
  /** The next delays are at least so long (ms): the server has said so, or has stopped. */
  #leastDelay = 0;
  /** The server has just said that it restarts. */
  #isRestart = false;
  /** @type {(() => void) | null} ends the delay before the next attempt */
  #skipDelay = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} runs while a probe waits for its answer */
  #pongTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} runs before a socket that works is replaced */
  #retryTimer;
  #socket;

  /**
   * @param {object} options
   * @param {string} options.url
   * @param {() => object} options.hello   the first command on each socket
   * @param {(event: WireEvent) => void} options.onEvent   gets each event from the server, also those that
   *   only answer a command
   * @param {(change: {phase: Phase, retryAt?: number, attempt?: number}) => void} options.onPhase
   *   `attempt`: of how many nothing came since the last welcome
   */
  constructor(options) {
    this.#options = options;
    this.#socket = new ReconnectingSocket(() => this.#nextUrl(), [], {
      startClosed: true,
      maxEnqueuedMessages: 0,
      connectionTimeout: 10_000,
      // All delays are in `#nextUrl`, where they can be random and skipped.
      minReconnectionDelay: 0,
      maxReconnectionDelay: 0,
      shouldReconnectOnClose: ({ code }) => !isFinal(code),
    });
    this.#socket.addEventListener("open", () => this.#onOpen());
    this.#socket.addEventListener("message", ({ data }) => this.#onMessage(data));
    this.#socket.addEventListener("close", ({ code }) => this.#onClose(code));
    this.#watch();
  }

  /** @param {object} command @returns {boolean} whether an open socket took it */
  send(command) {
    const { readyState, OPEN } = this.#socket;
    return readyState === OPEN && this.#socket.send(JSON.stringify(command));
  }

  /** Drops the socket, if there is one, and opens another at once. */
  retry() {
    if (this.#skipDelay) this.#skipDelay();
    else this.#socket.reconnect();
    this.#attempt = 0;
  }

  /** Drops the socket, and opens another, at a moment that other pages don't choose, unless it breaks before. */
  retrySoon() {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.retry(), RETRY_SPREAD * Math.random());
  }

  /** Drops the socket, and opens another when the server wants it. @param {number} ms */
  retryAfter(ms) {
    this.#leastDelay = ms;
    this.#attempt = Math.max(this.#attempt, 1);
    this.#socket.reconnect();
  }

  close() {
    this.#socket.close();
  }

  /** @returns {Promise<string>} resolves to the address when it is time for the next attempt */
  async #nextUrl() {
    const { url, onPhase } = this.#options;
    if (this.#attempt > 0) {
      const delay = Math.max(
        this.#leastDelay,
        delayBefore(this.#attempt - 1, Math.random(), this.#isRestart),
      );
      const retryAt = performance.now() + delay;
      onPhase({ phase: unlessOffline("waiting"), retryAt, attempt: this.#attempt });
      await this.#delay(delay);
    }
    if (!this.#isRestart) this.#attempt += 1;
    this.#isRestart = false;
    this.#triedAt = performance.now();
    onPhase({ phase: unlessOffline("connecting") });
    return url;
  }

  /** @param {number} ms */
  async #delay(ms) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ms, undefined);
      this.#skipDelay = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
    this.#skipDelay = null;
  }

  #onOpen() {
    this.#lastHeard = performance.now();
    this.#options.onPhase({ phase: "joining" });
    this.send(this.#options.hello());
  }

  /** @param {unknown} data */
  #onMessage(data) {
    this.#lastHeard = performance.now();
    const event = parse(data);
    if (event?.type === "welcome") {
      this.#attempt = 0;
      this.#leastDelay = 0;
    }
    if (event && event.type !== "pong") this.#options.onEvent(event);
  }

  /** @param {number} code */
  #onClose(code) {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#pongTimer);
    this.#pongTimer = undefined;
    this.#isRestart = code === RESTARTING && this.#attempt === 0;
    this.#attempt = Math.max(this.#attempt, 1);
    if (!isFinal(code)) return;
    if (PHASES[code] === "stopped") this.#leastDelay = STOPPED_DELAY;
    this.#options.onPhase({ phase: PHASES[code] ?? "removed" });
  }

  /** Probes when the socket is silent, and when the network or the page comes back. */
  #watch() {
    setInterval(() => {
      if (performance.now() - this.#lastHeard >= SILENCE) this.#probe();
    }, PONG_TIMEOUT);
    addEventListener("online", () => this.#onNetwork());
    addEventListener("offline", () => this.#probe(OFFLINE_PONG_TIMEOUT));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#onReturn();
    });
  }

  /** An attempt that began without the network may hang, and says that there is none. */
  #onNetwork() {
    if (this.#skipDelay) this.#skipDelay();
    else if (this.#socket.readyState === this.#socket.CONNECTING) this.retry();
    else this.#probe();
  }

  /** Somebody looks at the page again. The server's own wish for a delay goes first. */
  #onReturn() {
    const least = Math.max(RETURN_INTERVAL, this.#leastDelay);
    if (!this.#skipDelay) this.#probe();
    else if (performance.now() - this.#triedAt >= least) this.#skipDelay();
  }

  /** @param {number} [timeout]   ms; without an answer to a ping until then the socket is replaced */
  #probe(timeout = PONG_TIMEOUT) {
    if (this.#socket.readyState !== this.#socket.OPEN || this.#pongTimer) return;
    const sentAt = performance.now();
    this.send({ type: "ping" });
    this.#pongTimer = setTimeout(() => {
      this.#pongTimer = undefined;
      if (this.#lastHeard < sentAt) this.retry();
    }, timeout);
  }
}
