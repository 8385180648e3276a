/**
 * Decides when views are drawn: once a frame at most, however much has happened, and for a part of the time only, so that
 * keys are answered in a flood too. While something counts down, the views that show it are drawn without an event.
 *
 * @import {State} from "./types.js"
 */
import { NOTICEABLE, TYPING_LASTS } from "./state.js";

const FRAME = 16;
/** A hidden page has no frames; then views are drawn this long after a change (ms). */
const HIDDEN_DELAY = 250;
/** Drawing takes at most this part of the time: one in so many. */
const DRAWING_SHARE = 3;
/** In a longer rest (ms) more would gather than can be drawn without being felt. */
const LONGEST_REST = 30;
/** While something counts down, it is drawn this often (ms). */
const TICK = 250;
/** It is drawn for this long after its end (ms), so that the end is seen too. */
const TICKING_LASTS = 1_000;

/** @typedef {{draw(state: State): void, ticks?: boolean}} View   `ticks`: what it shows may change without an event */

/** @param {State} state @param {number} now @returns {boolean} whether what is shown will change without an event */
export function isTicking({ connection, idleAt, pause, typing }, now) {
  const typingEnds = typing.people.length ? typing.at + TYPING_LASTS : 0;
  const end = Math.max(idleAt, pause.until, connection.backAt + NOTICEABLE, typingEnds);
  return connection.phase !== "online" || now < end + TICKING_LASTS;
}

export class DrawScheduler {
  #getState;
  /** @type {View[]} in the order in which they are drawn */
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
  }

  /** @param {View[]} views */
  add(...views) {
    this.#views.push(...views);
  }

  /** @param {View[]} views   to be drawn with the next frame; all of them if none is named */
  request(...views) {
    for (const view of views.length ? views : this.#views) this.#due.add(view);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const draw = () => {
      this.#isScheduled = false;
      this.flush();
    };
    const rest = this.#restUntil - performance.now();
    if (document.hidden) setTimeout(draw, HIDDEN_DELAY);
    else if (rest > FRAME) setTimeout(() => requestAnimationFrame(draw), rest - FRAME);
    else requestAnimationFrame(draw);
  }

  /** Draws at once what is due, for a caller that measures it. */
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
    if (this.#tickTimer || !isTicking(state, Date.now())) return;
    this.#tickTimer = setTimeout(() => {
      this.#tickTimer = undefined;
      this.request(...this.#views.filter(({ ticks }) => ticks));
    }, TICK);
  }
}
