/**
 * Stores posts and changes of messages until the server has them, so that they survive the tab and the
 * browser. Each is written to localStorage first, which is done before the tab can close, then moved to
 * IndexedDB, if there is one. So is what is dropped: otherwise it would be back after a reload at once.
 *
 * @import {Change, Post} from "../types.js"
 */
import { createStore, del, entries, set } from "../../vendor/vendor.js";
import { stored } from "../base-path.js";
import { isUnsure } from "../state/sending.js";
import { loadJson, save } from "./web-storage.js";

/** Where no database opens, nothing is ever dropped from it: more ids aren't kept. */
const DROPPED_AT_MOST = 100;

/** @param {Post} post @returns {Post} with a time where an earlier version kept only that it was sent */
const timed = (post) =>
  post.tried && Number.isNaN(Date.parse(post.tried)) ? { ...post, tried: post.time } : post;

/**
 * @param {Post} kept
 * @param {number} now
 * @returns {Post} ready to be sent again, or failed: the person decides
 */
export function restored(kept, now) {
  const post = timed(kept);
  // Pictures that weren't uploaded went with their tab.
  if (post.pictures?.some(({ receipt }) => !receipt))
    return { ...post, status: "failed", code: "picture_invalid" };
  if (post.status === "failed") return post;
  if (isUnsure(post, now)) return { ...post, status: "failed", code: "old" };
  // Other tabs may send it from now on, which one that sleeps doesn't hear of.
  return { ...post, status: "waiting", tried: post.tried ?? new Date(now).toISOString() };
}

/** @typedef {Post | Change} Unsent */

/** @param {Unsent} unsent @returns {unsent is Change} */
const isChange = (unsent) => "kind" in unsent;

/** @param {Unsent} unsent @returns {unsent is Post} */
const isPost = (unsent) => !isChange(unsent);

/** @param {Unsent} each @returns {boolean} whether the server has it */
const isStored = ({ status }) => status === "sent" || status === "made";

/**
 * @param {Change} newer
 * @param {Unsent} each
 * @returns {boolean} whether the newer change leaves nothing of the other one to be made
 */
const isOver = (newer, each) =>
  isChange(each) &&
  each.seq === newer.seq &&
  each.epoch === newer.epoch &&
  each.time < newer.time &&
  (newer.kind === "delete" || (each.kind === newer.kind && each.emoji === newer.emoji));

/**
 * @param {any} kept
 * @returns {kept is Unsent} whether it has what the page needs of it: another version may have kept it
 */
function isSound(kept) {
  const { id, time, text, kind, seq, reply, pictures = [] } = kept ?? {};
  if (typeof id !== "string" || typeof time !== "string") return false;
  if (kind !== undefined) return ["edit", "delete", "react"].includes(kind) && typeof seq === "number";
  const hasReply = reply === undefined || typeof reply?.from?.name === "string";
  return typeof text === "string" && hasReply && Array.isArray(pictures);
}

/** @param {string} key @returns {any[]} */
function loadList(key) {
  const kept = loadJson(key);
  return Array.isArray(kept) ? kept : [];
}

export class Outbox {
  #database;
  #storage;
  /** Ids of what was stored, so that it is known when another tab has dropped it. @type {Set<string>} */
  #stored = new Set();

  /** @param {string} room */
  constructor(room) {
    this.#database = new DatabaseStore(room);
    this.#storage = new LocalStore(room);
  }

  /** @returns {Promise<{posts: Post[], changes: Change[]}>} what an earlier tab left unsent, oldest first */
  async load() {
    const all = (await this.#all()).sort((a, b) => a.time.localeCompare(b.time));
    for (const { id } of all) this.#stored.add(id);
    for (const id of this.#storage.dropped()) this.#drop(id);
    const posts = all.filter(isPost).map((post) => restored(post, Date.now()));
    const changes = all
      .filter(isChange)
      .map((change) => ({ ...change, status: /** @type {const} */ ("waiting") }));
    return { posts, changes };
  }

  /**
   * @param {Unsent[]} before
   * @param {Unsent[]} after   stores what is new and changed, drops what the server has
   */
  update(before, after) {
    if (after === before) return;
    const unsent = after.filter((each) => !isStored(each));
    const ids = new Set(unsent.map((post) => post.id));
    for (const post of before) if (!ids.has(post.id)) this.#drop(post.id);
    const known = new Set(before.map(({ id }) => id));
    // A change stays as it was made: storing it again would bring back what another tab has dropped.
    const isSaved = (/** @type {Unsent} */ each) =>
      isChange(each) ? known.has(each.id) : before.includes(each);
    for (const each of unsent) if (!isSaved(each)) void this.#save(each);
  }

  /**
   * All tabs share the outbox, and each of them sends what it knows of it. One that was away may not know that a change
   * was made, or that a newer one took its place.
   *
   * @param {Change} change
   * @returns {Promise<boolean>} false: another tab has dropped it
   */
  async isWanted({ id }) {
    return !this.#stored.has(id) || (await this.#all()).some((each) => each.id === id);
  }

  /** @returns {Promise<Unsent[]>} */
  async #all() {
    const inStorage = this.#storage.load(); // first: what isn't there any more is in the database by now
    const dropped = this.#storage.dropped();
    const inDatabase = (await this.#database.load().catch(() => [])).filter(
      ({ id }) => !dropped.includes(id),
    );
    return [...new Map([...inDatabase, ...inStorage].map((each) => [each.id, each])).values()];
  }

  /** @param {Unsent} post */
  async #save(post) {
    this.#storage.save(post);
    try {
      await this.#database.save(post);
      this.#storage.moved(post.id);
      this.#stored.add(post.id);
    } catch {
      if (this.#storage.load().some(({ id }) => id === post.id)) this.#stored.add(post.id);
    }
    if (!isChange(post)) return;
    for (const each of await this.#all()) if (isOver(post, each)) this.#drop(each.id);
  }

  /** @param {string} id */
  #drop(id) {
    this.#storage.drop(id);
    const forget = () => this.#storage.forgetDropped(id);
    this.#database.drop(id).then(forget, () => undefined); // after a failure the next `load` tries again
  }
}

class DatabaseStore {
  #prefix;
  /**
   * @type {ReturnType<typeof createStore> | undefined} made at the first use, as it throws without IndexedDB
   */
  #store;

  /** @param {string} room */
  constructor(room) {
    this.#prefix = `${room}/`;
  }

  /** @param {Unsent} post */
  async save(post) {
    await set(this.#prefix + post.id, post, this.#open());
  }

  /** @param {string} id */
  async drop(id) {
    await del(this.#prefix + id, this.#open());
  }

  /** @returns {Promise<Unsent[]>} */
  async load() {
    const all = await entries(this.#open());
    const here = all.filter(([key]) => String(key).startsWith(this.#prefix)).map(([, post]) => post);
    return here.filter(isSound);
  }

  #open() {
    this.#store ??= createStore(stored("wschat"), "outbox");
    return this.#store;
  }
}

class LocalStore {
  #key;

  /** @param {string} room */
  constructor(room) {
    this.#key = `wschat.outbox.${room}`;
  }

  /** @param {Unsent} post */
  save(post) {
    this.forgetDropped(post.id);
    this.#write([...this.load().filter(({ id }) => id !== post.id), post]);
  }

  /** @param {string} id   of a post that is in the database now */
  moved(id) {
    this.#write(this.load().filter((post) => post.id !== id));
  }

  /** @param {string} id */
  drop(id) {
    this.moved(id);
    this.#writeDropped([...this.dropped(), id]);
  }

  /** @returns {string[]} ids of what is perhaps still in the database */
  dropped() {
    return loadList(`${this.#key}.dropped`).filter((id) => typeof id === "string");
  }

  /** @param {string} id */
  forgetDropped(id) {
    this.#writeDropped(this.dropped().filter((each) => each !== id));
  }

  /** @param {string[]} ids */
  #writeDropped(ids) {
    const kept = [...new Set(ids)].slice(-DROPPED_AT_MOST);
    save(`${this.#key}.dropped`, kept.length ? JSON.stringify(kept) : "");
  }

  /** @returns {Unsent[]} */
  load() {
    return loadList(this.#key).filter(isSound);
  }

  /** @param {Unsent[]} posts */
  #write(posts) {
    save(this.#key, posts.length ? JSON.stringify(posts) : "");
  }
}
