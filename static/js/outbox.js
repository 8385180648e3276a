/**
 * Posts that everyone doesn't have yet, kept in IndexedDB until they do, so that they outlive the tab and the browser.
 * Each is first put in localStorage, which is done before the tab can close; where there is no IndexedDB it stays there.
 *
 * @import {Post, State} from "./types.js"
 */
import { createStore, del, entries, set } from "../vendor/vendor.js";
import { loadJson, save } from "./prefs.js";

/** The server remembers ids for 24 hours: a post that was tried before that could be stored twice. */
const SURE_FOR = 23 * 60 * 60 * 1000;

/** @typedef {{save(post: Post): Promise<void>, drop(id: string): Promise<void>, load(): Promise<Post[]>}} Outbox */

/** @param {string} room @returns {Outbox} */
export function outboxOf(room) {
  const lasting = inDatabase(room);
  const simple = inStorage(room);
  return {
    async save(post) {
      void simple.save(post);
      const isKept = await lasting.save(post).then(
        () => true,
        () => false,
      );
      if (isKept) await simple.drop(post.id);
    },
    drop: (id) =>
      Promise.all([lasting.drop(id).catch(() => undefined), simple.drop(id)]).then(() => undefined),
    async load() {
      const found = new Map();
      for (const post of [...(await lasting.load().catch(() => [])), ...(await simple.load())])
        found.set(post.id, post);
      return [...found.values()]
        .sort((a, b) => a.time.localeCompare(b.time))
        .map((post) => restored(post, Date.now()));
    },
  };
}

/** @param {State} state @param {number} now @returns {Post | undefined} one at a time, so that they keep their order */
export function nextPost({ connection: { phase }, posts, pause, degraded }, now) {
  if (phase !== "online" || degraded || pause.until > now) return undefined;
  if (posts.some((post) => post.status === "sending")) return undefined;
  return posts.find((post) => post.status === "waiting");
}

/** @param {Post} post @param {number} now @returns {Post} ready to be sent again, or for the person to decide */
export function restored(post, now) {
  const unsure = post.tried && now - Date.parse(post.time) > SURE_FOR;
  if (post.status === "failed") return post;
  return unsure ? { ...post, status: "failed", code: "old" } : { ...post, status: "waiting" };
}

/** @param {string} room @returns {Outbox} */
function inDatabase(room) {
  const store = attempt(() => createStore("wschat", "outbox"));
  const prefix = `${room}/`;
  return {
    save: async (post) => set(prefix + post.id, post, await store()),
    drop: async (id) => del(prefix + id, await store()),
    load: async () =>
      (await entries(await store()))
        .filter(([key]) => String(key).startsWith(prefix))
        .map(([, post]) => /** @type {Post} */ (post)),
  };
}

/** @template T @param {() => T} make @returns {() => Promise<T>} the same thing each time, made at the first call */
function attempt(make) {
  /** @type {T | undefined} */
  let made;
  return async () => (made ??= make());
}

/** @param {string} room @returns {Outbox} */
function inStorage(room) {
  const key = `wschat.outbox.${room}`;
  const read = () => /** @type {Post[]} */ (loadJson(key) ?? []);
  /** @param {Post[]} posts */
  const write = async (posts) => save(key, posts.length ? JSON.stringify(posts) : "");
  return {
    save: (post) => write([...read().filter(({ id }) => id !== post.id), post]),
    drop: (id) => write(read().filter((post) => post.id !== id)),
    load: async () => read(),
  };
}
