/**
 * Decides when views are drawn: at most once a frame, and for a limited part of the time, so that keys are
 * answered in a flood of messages, too. While something counts down, the views that show it are drawn without
 * an event.
 *
 * @import {Phase, State} from "./types.js"
 */
import { TYPING_LASTS } from "./state/room.js";
import { NOTICEABLE } from "./state/state.js";

const FRAME = 16;
/** A hidden page has no frames; its views are drawn this long after a change (ms). */
const HIDDEN_DELAY = 250;
/** Drawing takes at most a third of the time, unless the rest would be too long. */
const DRAWING_SHARE = 3;
/** After a longer rest (ms), the next draw would be long enough to be felt. */
const LONGEST_REST = 30;
/** Time between two draws of a countdown (ms). */
const TICK = 250;
/** A countdown is drawn until this long after its end (ms), so that its end is drawn, too. */
const TICKING_LASTS = 1_000;

/** Phases that lead to a connection without the person. @type {Set<Phase>} */
const CONNECTING = new Set(["connecting", "joining", "waiting"]);

/** @typedef {{draw(state: State): void, ticks?: boolean}} View   ticks: it may change without an event */

/** @param {State} state @param {number} now @returns {boolean} whether a view will change without an event */
export function isTicking({ connection, hold, idleAt, pause, typing }, now) {
  const { phase, since, retryAt } = connection;
  // A loss that lasts is mentioned; later a phase changes nothing by itself, but for the time to the next attempt.
  const lossEnds = CONNECTING.has(phase) ? Math.max(since + NOTICEABLE, retryAt) : 0;
  const typingEnds = typing.people.length ? typing.at + TYPING_LASTS : 0;
  const backEnds = connection.backAt ? connection.backAt + NOTICEABLE : 0;
  const holdEnds = hold.until < Infinity ? hold.until : 0;
  const end = Math.max(idleAt, pause.until, holdEnds, backEnds, typingEnds, lossEnds);
  return end > 0 && now < end + TICKING_LASTS;
}

/**
 * Calls at each midnight, for what says «Сегодня»; a computer that slept through it calls when the page is
 * shown again.
 *
 * @param {() => void} act
 */
export function atMidnight(act) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const wait = () => {
    clearTimeout(timer);
    const now = new Date();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    timer = setTimeout(call, midnight.getTime() - now.getTime() + 1);
  };
  const call = () => {
    act();
    wait();
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) call();
  });
  wait();
}

export class DrawScheduler {
  #getState;
  /** @type {View[]} in the order of drawing */
  #views = [];
  /** @type {Set<View>} */
  #due = new Set();
  #isScheduled = false;
  #restUntil = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tickTimer;

  /** @param {() => State} getState */
  constructor(getState) {
    this.#getState = getState;
    // The frame that is awaited then won't come before the page is shown again.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.#isScheduled) setTimeout(() => this.#draw(), HIDDEN_DELAY);
    });
  }

  /** @param {View[]} views */
  add(...views) {
    this.#views.push(...views);
  }

  /** @param {View[]} views   to draw with the next frame; without any: all views */
  request(...views) {
    for (const view of views.length ? views : this.#views) this.#due.add(view);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const draw = () => this.#draw();
    const rest = this.#restUntil - performance.now();
    if (document.hidden) setTimeout(draw, HIDDEN_DELAY);
    else if (rest > FRAME) setTimeout(() => requestAnimationFrame(draw), rest - FRAME);
    else requestAnimationFrame(draw);
  }

  #draw() {
    this.#isScheduled = false;
    this.flush();
  }

  /** Draws the requested views at once, for a caller that measures them. */
  flush() {
    const due = this.#views.filter((view) => this.#due.has(view));
    if (!due.length) return;
    this.#due.clear();
    const state = this.#getState();
    const began = performance.now();
    for (const view of due) view.draw(state);
    const spent = performance.now() - began;
    this.#restUntil = began + spent + Math.min(LONGEST_REST, spent * (DRAWING_SHARE - 1));
    this.#tick(state);
  }

  /** @param {State} state */
  #tick(state) {
    if (this.#tickTimer || !isTicking(state, performance.now())) return;
    this.#tickTimer = setTimeout(() => {
      this.#tickTimer = undefined;
      this.request(...this.#views.filter(({ ticks }) => ticks));
    }, TICK);
  }
}
