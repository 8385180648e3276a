/**
 * Stores posts and changes of messages until the server has them, so that they survive the tab and the browser. Each is
 * written to localStorage first, which is done before the tab can close, then moved to IndexedDB, if there is one.
 *
 * @import {Change, Post} from "./types.js"
 */
import { createStore, del, entries, set } from "../vendor/vendor.js";
import { loadJson, save } from "./prefs.js";

/** The server remembers ids for 24 hours; a post that was sent longer ago could be stored twice (ms). */
const SAFE_TO_RESEND = 23 * 60 * 60 * 1000;

/**
 * @param {Post} post
 * @param {number} now
 * @returns {Post} ready to be sent again, or failed: the person decides
 */
export function restored(post, now) {
  const isUnsure = post.tried && now - Date.parse(post.time) > SAFE_TO_RESEND;
  if (post.status === "failed") return post;
  return isUnsure ? { ...post, status: "failed", code: "old" } : { ...post, status: "waiting" };
}

/** @typedef {Post | Change} Unsent */

/** @param {Unsent} unsent @returns {unsent is Change} */
const isChange = (unsent) => "kind" in unsent;

/** @param {Unsent} unsent @returns {unsent is Post} */
const isPost = (unsent) => !isChange(unsent);

/** @param {Unsent} each @returns {boolean} whether the server has it */
const isStored = ({ status }) => status === "sent" || status === "made";

export class Outbox {
  #database;
  #storage;

  /** @param {string} room */
  constructor(room) {
    this.#database = new DatabaseStore(room);
    this.#storage = new LocalStore(room);
  }

  /** @returns {Promise<{posts: Post[], changes: Change[]}>} what an earlier tab left unsent, oldest first */
  async load() {
    /** @type {Map<string, Unsent>} */
    const found = new Map();
    const inDatabase = await this.#database.load().catch(() => []);
    for (const each of [...inDatabase, ...this.#storage.load()]) found.set(each.id, each);
    const all = [...found.values()].sort((a, b) => a.time.localeCompare(b.time));
    const posts = all.filter(isPost).map((post) => restored(post, Date.now()));
    const changes = all
      .filter(isChange)
      .map((change) => ({ ...change, status: /** @type {const} */ ("waiting") }));
    return { posts, changes };
  }

  /** @param {Unsent[]} before @param {Unsent[]} after   stores what is new and changed, drops what the server has */
  update(before, after) {
    if (after === before) return;
    const unsent = after.filter((each) => !isStored(each));
    const ids = new Set(unsent.map((post) => post.id));
    for (const post of before) if (!ids.has(post.id)) this.#drop(post.id);
    for (const post of unsent) if (!before.includes(post)) void this.#save(post);
  }

  /** @param {Unsent} post */
  async #save(post) {
    this.#storage.save(post);
    try {
      await this.#database.save(post);
      this.#storage.drop(post.id);
    } catch {
      // It stays in localStorage.
    }
  }

  /** @param {string} id */
  #drop(id) {
    this.#storage.drop(id);
    this.#database.drop(id).catch(() => undefined);
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
    return all.filter(([key]) => String(key).startsWith(this.#prefix)).map(([, post]) => post);
  }

  #open() {
    this.#store ??= createStore("wschat", "outbox");
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
    this.#write([...this.load().filter(({ id }) => id !== post.id), post]);
  }

  /** @param {string} id */
  drop(id) {
    this.#write(this.load().filter((post) => post.id !== id));
  }

  /** @returns {Unsent[]} */
  load() {
    return loadJson(this.#key) ?? [];
  }

  /** @param {Unsent[]} posts */
  #write(posts) {
    save(this.#key, posts.length ? JSON.stringify(posts) : "");
  }
}
