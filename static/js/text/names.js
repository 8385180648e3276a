/**
 * Finds the people that a text names. Only names that the page knows are mentions, and of two that fit the
 * longer one is meant: «@Анна Петрова» isn't Анна.
 *
 * @import {State} from "../types.js"
 */
import { charAt, charBefore, fold, foldWithPlaces, isUnspaced, isWord } from "./fold.js";

/** A shorter name is too often a word: it is a mention of the reader with an `@` only. */
const SHORTEST_BARE = 3;
/** When there are more, all are forgotten but those of people who are here. */
const KNOWN_AT_MOST = 3000;

/** @typedef {{start: number, end: number, isMe: boolean}} Mention   where it stands in the text, with its `@` */

/** @param {string} text   folded @param {number} at @returns {boolean} whether a name may begin there */
function startsWord(text, at) {
  const before = charBefore(text, at);
  if (before === "_") return !isWord(charBefore(text, at - 1));
  return !(isWord(before) || before === "@");
}

/** @param {string} text   folded @param {number} at @returns {boolean} whether a name may end there */
function endsWord(text, at) {
  const last = charBefore(text, at);
  const next = charAt(text, at);
  if (/[._-]/.test(next)) return !isWord(charAt(text, at + 1)) || isUnspaced(last);
  return !isWord(next) || !isWord(last);
}

/** The names of the people that the page has seen, of whom one reads it. */
export class Names {
  /** @type {Set<string>} as they are written, to be folded once */
  #seen = new Set();
  /** @type {State["online"]["people"]} the people who were online last */
  #people = [];
  /** @type {WeakSet<object>} items whose authors are known */
  #items = new WeakSet();
  /** Grows when a name becomes known, and when the reader gets another. */
  revision = 0;
  /** As `find`, in a text of the reader's own, where the reader's name calls nobody. */
  ofReader = {
    find: (/** @type {string} */ text) =>
      this.find(text)
        .filter(({ start, isMe }) => !isMe || /[@＠]/.test(text[start]))
        .map((each) => ({ ...each, isMe: false })),
  };
  /** The reader's name, folded. */
  #me = "";
  /** @type {Set<string>} folded */
  #known = new Set();
  /** @type {Map<string, string[]>} by their first character, the longest first */
  #byStart = new Map();

  /** @param {string} name   of the one who reads */
  set me(name) {
    const folded = fold(name);
    if (folded === this.#me) return;
    this.#me = folded;
    this.revision += 1;
  }

  /** @param {State} state   the people online, and the authors of the messages in the page, are known from now on */
  learn({ online, timeline }) {
    if (online.people !== this.#people) {
      this.#people = online.people;
      this.add(online.people);
    }
    for (const { items } of timeline.chunks) {
      // A chunk grows at its end only.
      for (let i = items.length - 1; i >= 0 && !this.#items.has(items[i]); i -= 1) {
        const item = items[i];
        this.#items.add(item);
        if (item.kind === "message") this.add([item.from]);
      }
    }
  }

  /** @param {Iterable<{name: string}>} people */
  add(people) {
    for (const { name } of people) {
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      this.#addOne(fold(name));
    }
  }

  /** @param {string} text @returns {string} changes when other names may be found in the text */
  stampFor(text) {
    return /[@＠]/.test(text) ? `${this.revision}` : `me ${this.#me}`;
  }

  /** @param {string} name   folded */
  #addOne(name) {
    if (!name || this.#known.has(name)) return;
    if (this.#known.size >= KNOWN_AT_MOST) this.#forgetAll();
    this.#known.add(name);
    const start = charAt(name, 0);
    const alike = [...(this.#byStart.get(start) ?? []), name];
    this.#byStart.set(
      start,
      alike.sort((a, b) => b.length - a.length),
    );
    this.revision += 1;
  }

  #forgetAll() {
    this.#known.clear();
    this.#seen.clear();
    this.#byStart.clear();
    this.#items = new WeakSet();
    this.add(this.#people.slice(0, KNOWN_AT_MOST / 2));
  }

  /** @param {string} text @returns {Mention[]} in their order */
  find(text) {
    const plain = fold(text);
    const isBare = this.#me.length >= SHORTEST_BARE && plain.includes(this.#me);
    if (!plain.includes("@") && !isBare) return [];
    const { folded, starts } = foldWithPlaces(text);
    const found = [...this.#withAt(folded), ...(isBare ? this.#bare(folded) : [])];
    return withoutOverlaps(found)
      .filter(({ start, isMe }) => isMe || folded[start] === "@")
      .map(({ start, end, isMe }) => ({ start: starts[start], end: starts[end], isMe }));
  }

  /** @param {string} text   folded @returns {Generator<Mention>} */
  *#withAt(text) {
    for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
      const name = startsWord(text, at) ? this.#longestAt(text, at + 1) : "";
      if (name) yield { start: at, end: at + 1 + name.length, isMe: name === this.#me };
    }
  }

  /**
   * @param {string} text   folded
   * @returns {Generator<Mention>} the reader's name, and longer names that it is a part of
   */
  *#bare(text) {
    const longer = [...this.#known].filter((name) => name !== this.#me && name.includes(this.#me));
    for (const name of [...longer, this.#me]) {
      for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
        const end = at + name.length;
        if (startsWord(text, at) && endsWord(text, end)) yield { start: at, end, isMe: name === this.#me };
      }
    }
  }

  /**
   * @param {string} text   folded
   * @param {number} at
   * @returns {string} the longest known name that stands there, or ""
   */
  #longestAt(text, at) {
    const names = this.#byStart.get(charAt(text, at)) ?? [];
    const others = names.find((name) => text.startsWith(name, at) && endsWord(text, at + name.length)) ?? "";
    const me = this.#me;
    const isMine = me.length > others.length && text.startsWith(me, at) && endsWord(text, at + me.length);
    return isMine ? me : others;
  }
}

/**
 * @param {Mention[]} found
 * @returns {Mention[]} the first of those that overlap, and the longer of two that begin together
 */
function withoutOverlaps(found) {
  const inOrder = [...found].sort((a, b) => a.start - b.start || b.end - a.end);
  /** @type {Mention[]} */
  const kept = [];
  for (const each of inOrder) if (each.start >= (kept.at(-1)?.end ?? 0)) kept.push(each);
  return kept;
}
