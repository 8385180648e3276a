/**
 * The conversation: holds the state, gives it every event, and does what follows from it on the wire and in the outbox.
 *
 * @import {Person, Post, State} from "./types.js"
 */
import { openConnection } from "./connection.js";
import { nextPost, outboxOf } from "./outbox.js";
import { choose, embedToken, load, loadJson, prefs, save, sessionItem } from "./prefs.js";
import { apply, initial } from "./state.js";
import { CHUNK, firstSeq, lastSeq } from "./timeline.js";

/** A server answers in far less; then the request may be made again (ms). */
const REQUEST_TIMEOUT = 10_000;
/** The server passes on one `typing` in as long (ms). */
const TYPING_EVERY = 3_000;
/** How often a crowd's list is asked for again while it changes (ms). */
const CROWD_EVERY = 2_000;

/** @returns {string} 22 random characters; not `randomUUID`, which plain-http pages don't have */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

/** @returns {string} what only this browser knows: who it is before the server's first token has come, in each tab */
function secret() {
  const known = load("wschat.secret") ?? newId();
  save("wschat.secret", known);
  return known;
}

/** @typedef {ReturnType<typeof openChat>} Chat */

/**
 * @param {object} options
 * @param {string} options.room
 * @param {string} options.version   of this page, to find out that the server has a newer one
 */
export function openChat({ room, version }) {
  let state = initial(room);
  let password = sessionItem("wschat.password");
  let typedAt = 0;
  let refs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let sendTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let crowdTimer;
  /** @type {Set<(state: State, before: State, event: any) => void>} */
  const listeners = new Set();
  /** @type {Map<string, {resolve: (event: any) => void, reject: (error: any) => void}>} */
  const requests = new Map();
  const outbox = outboxOf(room);
  const readKey = `wschat.read.${room}`;

  const connection = openConnection({
    url: `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`,
    hello: () => ({
      type: "hello",
      name: prefs().name,
      room,
      history: CHUNK,
      token: load("wschat.token") ?? undefined,
      secret: secret(),
      resume: state.position ?? undefined,
      password: password || undefined,
      jwt: embedToken() || undefined,
    }),
    onEvent: heard,
    onPhase({ phase, retryAt }) {
      if (phase !== "joining") abandon();
      dispatch({ type: "connection", phase, retryAt });
    },
  });

  /** @param {{type: string, [field: string]: any}} event */
  function dispatch(event) {
    const before = state;
    state = apply(state, { at: Date.now(), ...event });
    if (state === before) return;
    if (state.posts !== before.posts) store(before.posts, state.posts);
    if (state.needsResync && !before.needsResync) connection.retry();
    if (state.refusal && !before.refusal) connection.leave();
    if (state.crowd && !crowdTimer) crowdTimer = setTimeout(recount, CROWD_EVERY);
    for (const listener of listeners) listener(state, before, event);
    sendNext();
  }

  /** @param {any} event   from the server */
  function heard(event) {
    const request = requests.get(event.ref);
    if (request) {
      requests.delete(event.ref);
      if (event.type === "error") request.reject(event);
      else request.resolve(event);
      if (event.type === "renamed") dispatch(event);
      return;
    }
    if (event.type === "welcome") return welcomed(event);
    if (event.type === "history" || event.type === "people") return undefined;
    return dispatch(event);
  }

  /** @param {any} event */
  function welcomed(event) {
    sessionItem("wschat.password", password); // it was the right one
    save("wschat.token", event.token);
    const stale = Boolean(version && event.version && event.version !== version);
    dispatch({ ...event, stale, read: loadJson(readKey) ?? undefined });
  }

  /**
   * @param {{type: string, [field: string]: any}} command
   * @returns {Promise<any>} the answer; rejects with the server's error, or `{code: "no_answer"}`
   */
  function request(command) {
    refs += 1;
    const ref = `r${refs}`;
    return new Promise((resolve, reject) => {
      if (state.connection.phase !== "online" || !connection.send({ ...command, ref }))
        return reject({ code: "no_answer" });
      requests.set(ref, { resolve, reject });
      return setTimeout(() => {
        if (requests.delete(ref)) reject({ code: "no_answer" });
      }, REQUEST_TIMEOUT);
    });
  }

  /** Nobody will answer what was asked on a socket that is gone. */
  function abandon() {
    for (const { reject } of requests.values()) reject({ code: "no_answer" });
    requests.clear();
  }

  /** Sends the next post that waits, now or when its time comes. */
  function sendNext() {
    const post = nextPost(state, Date.now());
    if (post && connection.send({ type: "post", id: post.id, text: post.text }))
      dispatch({ type: "sending", id: post.id });
    const wait = state.pause.until - Date.now();
    if (wait > 0) {
      clearTimeout(sendTimer);
      sendTimer = setTimeout(sendNext, wait + 10);
    }
  }

  /** @param {Post[]} before @param {Post[]} after   writes what changed to the outbox; acknowledged posts leave it */
  function store(before, after) {
    const waiting = after.filter((post) => post.status !== "sent");
    const ids = new Set(waiting.map((post) => post.id));
    for (const post of before) if (!ids.has(post.id)) void outbox.drop(post.id);
    for (const post of waiting) if (!before.includes(post)) void outbox.save(post);
  }

  /** Asks to be let in, whatever the answer was the last time. */
  function retry() {
    dispatch({ type: "join" });
    connection.retry();
  }

  async function recount() {
    crowdTimer = undefined;
    const answer = await request({ type: "people", limit: 200 }).catch(() => null);
    if (answer) dispatch({ type: "people", people: answer.people, count: answer.count });
  }

  /** @param {number} before @param {number} [limit] @returns {Promise<any>} */
  const history = (before, limit = CHUNK) => request({ type: "history", before, limit });

  /** @param {boolean} [again]   asked for by the person, after it failed */
  async function older(again = false) {
    const before = firstSeq(state.timeline) ?? state.head + 1;
    if (
      !state.position ||
      state.history === "loading" ||
      state.timeline.start ||
      (state.history === "failed" && !again)
    )
      return;
    dispatch({ type: "history-wanted" });
    try {
      const { messages, start } = await history(before);
      dispatch({ type: "history", messages, start });
    } catch {
      dispatch({ type: "history-failed" });
    }
  }

  async function newer() {
    const last = lastSeq(state.timeline);
    if (state.timeline.atHead || !last || state.history === "loading") return;
    dispatch({ type: "history-wanted" });
    try {
      const { messages } = await history(Math.min(last + CHUNK, state.head) + 1);
      dispatch({ type: "newer", messages });
    } catch {
      dispatch({ type: "history-failed" });
    }
  }

  /** @param {number} seq   of a message that shall be in the page; the newest if it is beyond @returns {Promise<boolean>} */
  async function show(seq) {
    const [from, to] = [firstSeq(state.timeline) ?? Infinity, lastSeq(state.timeline) ?? 0];
    if (seq >= from && seq <= to) return true;
    const answer = await history(Math.min(seq + CHUNK / 2, state.head) + 1).catch(() => null);
    if (!answer?.messages.length) return false; // so long ago that it isn't kept any more
    dispatch({ type: "around", messages: answer.messages, start: answer.start });
    return true;
  }

  /** Keeps where the person has read to, for the next visit. */
  function bookmark() {
    if (state.position && state.watching) save(readKey, JSON.stringify(state.position));
  }
  addEventListener("pagehide", bookmark);
  document.addEventListener("visibilitychange", bookmark);

  return {
    get state() {
      return state;
    },
    dispatch,
    older,
    newer,
    show,
    /** @param {(state: State, before: State, event: any) => void} listener @returns {() => void} ends it */
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** Connects if it is known who this is, and takes up what an earlier tab left unsent. */
    async open() {
      if (prefs().name || embedToken()) connection.retry();
      const posts = await outbox.load();
      if (posts.length) dispatch({ type: "posts", posts });
    },
    /** @param {string} name @param {string} [secret]   the operator's password, where one is asked for */
    join(name, secret = "") {
      password = secret || password;
      choose({ name });
      retry();
    },
    /** The site that embeds the chat has put a newer token into the address. */
    async renew() {
      if (state.connection.phase === "online")
        await request({ type: "renew", jwt: embedToken() }).catch(() => undefined);
      else retry();
    },
    /** @param {string} text */
    say(text) {
      const post = {
        id: newId(),
        text,
        time: new Date().toISOString(),
        status: /** @type {const} */ ("waiting"),
      };
      dispatch({ type: "post", post });
    },
    /** The person is writing: wakes a stopped chat, and tells the others now and then. */
    writing() {
      if (state.connection.phase === "stopped") return connection.retry();
      if (Date.now() - typedAt < TYPING_EVERY || state.connection.phase !== "online") return undefined;
      typedAt = Date.now();
      return void connection.send({ type: "typing" });
    },
    /** @param {string} name @returns {Promise<void>} rejects with the server's error; without a connection it is the next hello's */
    async rename(name) {
      if (state.connection.phase === "online") await request({ type: "rename", name });
      choose({ name });
    },
    /** @param {string} query @param {number} offset @returns {Promise<{people: Person[], count: number, next: number | null}>} */
    find: (query, offset) => request({ type: "people", query, offset, limit: 200 }),
    latest: async () => state.timeline.atHead || show(state.head),
    stay: () => void connection.send({ type: "stay" }),
    reconnect: () => connection.retry(),
  };
}
