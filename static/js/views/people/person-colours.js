/**
 * The colours of people: by name, so that a person has the same colour in every room. Two people who are
 * online at the same time have different colours, if there are enough.
 *
 * @import {Person} from "../../types.js"
 */
import { fold } from "../../text/fold.js";

/** The number of hues in tokens.css. */
export const HUES = 14;
const KNOWN_AT_MOST = 2_000;

/** @param {string} key @returns {number} from 0, always the same for a name */
function firstChoice(key) {
  let sum = 0;
  for (const letter of key) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65521;
  return sum % HUES;
}

/** @type {Map<string, string>} folded names: the same few come back with each message */
const folded = new Map();

/** @param {string} name @returns {string} */
function keyOf(name) {
  const key = folded.get(name) ?? fold(name);
  if (folded.size >= KNOWN_AT_MOST) folded.clear();
  folded.set(name, key);
  return key;
}

export class Hues {
  /** @type {Map<string, number>} by folded name */
  #known = new Map();
  /** @type {Set<string>} folded names of the people online */
  #present = new Set();

  /** @param {Person[]} people   online now: their hues differ if possible */
  keepApart(people) {
    this.#present = new Set(people.slice(0, HUES).map(({ name }) => keyOf(name)));
    for (const key of this.#present) this.#hueOf(key);
  }

  /** @param {string} name @returns {number} from 0 to HUES - 1 */
  of(name) {
    return this.#hueOf(keyOf(name));
  }

  /** @param {string} key */
  #hueOf(key) {
    const hue = this.#known.get(key) ?? this.#freeHue(key);
    this.#known.delete(key);
    this.#known.set(key, hue); // as the last
    if (this.#known.size > KNOWN_AT_MOST) this.#forgetOne();
    return hue;
  }

  /** Of those who aren't here, the one who wasn't drawn for the longest time. */
  #forgetOne() {
    for (const key of this.#known.keys()) {
      if (this.#present.has(key)) continue;
      this.#known.delete(key);
      return;
    }
  }

  /** @param {string} key */
  #freeHue(key) {
    const taken = new Set(
      [...this.#present].filter((other) => other !== key).map((other) => this.#known.get(other)),
    );
    const first = firstChoice(key);
    const free = Array.from({ length: HUES }, (_, i) => (first + i) % HUES).find((hue) => !taken.has(hue));
    return free ?? first;
  }
}

/** Those of this page. */
export const hues = new Hues();
