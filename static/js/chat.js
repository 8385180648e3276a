/**
 * The conversation: holds the state, applies every event to it, and sends and stores what follows from it.
 *
 * @import {Person, State} from "./types.js"
 */
import { Connection } from "./connection.js";
import { Outbox } from "./outbox.js";
import { choose, embedToken, load, loadJson, prefs, save, sessionItem } from "./prefs.js";
import { Requests } from "./requests.js";
import { Sender } from "./sender.js";
import { apply, initial } from "./state.js";
import { CHUNK } from "./timeline.js";

/** The server passes on one `typing` in this time (ms). */
const TYPING_EVERY = 3_000;
/** How often the list of a crowd is requested while it changes (ms). */
const CROWD_EVERY = 2_000;
/** People are requested in parts of this size, the largest that the server gives. */
const PEOPLE_PAGE = 200;

/** @typedef {(state: State, before: State, event: any) => void} Listener */

/** @returns {string} 22 random characters; not `randomUUID`, which plain-http pages don't have */
function newId() {
  const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @returns {string} identifies the person in all tabs of this browser until the server has sent a token */
function secret() {
  const known = load("wschat.secret") ?? newId();
  save("wschat.secret", known);
  return known;
}

export class Chat {
  #state;
  #room;
  #version;
  #readKey;
  #password = sessionItem("wschat.password");
  #typedAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #crowdTimer;
  /** @type {Set<Listener>} */
  #listeners = new Set();
  #connection;
  #requests;
  #sender;
  #outbox;

  /**
   * @param {object} options
   * @param {string} options.room
   * @param {string} options.version   of this page; if `welcome` has another, the server has a newer page
   */
  constructor({ room, version }) {
    this.#state = initial(room);
    this.#room = room;
    this.#version = version;
    this.#readKey = `wschat.read.${room}`;
    this.#outbox = new Outbox(room);
    this.#connection = new Connection({
      url: `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/ws`,
      hello: () => this.#hello(),
      onEvent: (event) => this.#onEvent(event),
      onPhase: ({ phase, retryAt }) => {
        if (phase !== "joining") this.#requests.rejectAll();
        this.dispatch({ type: "connection", phase, retryAt });
      },
    });
    this.#requests = new Requests((command) => this.#isOnline && this.#connection.send(command));
    this.#sender = new Sender(this, (command) => this.#connection.send(command));
    addEventListener("pagehide", () => this.#saveReadPosition());
    document.addEventListener("visibilitychange", () => this.#saveReadPosition());
  }

  get state() {
    return this.#state;
  }

  /** @param {Listener} listener   called after each change of the state @returns {() => void} removes it */
  listen(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param {{type: string, [field: string]: any}} event   from the server, or from the page itself */
  dispatch(event) {
    const before = this.#state;
    const state = apply(before, { at: Date.now(), ...event });
    if (state === before) return;
    this.#state = state;
    if (state.posts !== before.posts) this.#outbox.update(before.posts, state.posts);
    if (state.needsResync && !before.needsResync) this.#connection.retry();
    if (state.refusal && !before.refusal) this.#connection.close();
    if (state.crowd && !this.#crowdTimer) {
      this.#crowdTimer = setTimeout(() => this.#refreshCrowd(), CROWD_EVERY);
    }
    for (const listener of this.#listeners) listener(state, before, event);
    this.#sender.sendNext();
  }

  /** Connects if the person is known, and takes over posts that an earlier tab left unsent. */
  async open() {
    if (prefs().name || embedToken()) this.#connection.retry();
    const posts = await this.#outbox.load();
    if (posts.length) this.dispatch({ type: "posts", posts });
  }

  /** @param {string} name @param {string} [password]   the operator's, if the server asked for it */
  join(name, password = "") {
    this.#password = password || this.#password;
    choose({ name });
    this.#rejoin();
  }

  /** The site that embeds the chat has put a newer token into the address. */
  async renew() {
    if (!this.#isOnline) return this.#rejoin();
    return this.request({ type: "renew", jwt: embedToken() }).catch(() => undefined);
  }

  /** Connects at once, after a stop or before the delay is over. */
  reconnect() {
    this.#connection.retry();
  }

  /** Asks the server not to stop for lack of messages. */
  stay() {
    this.#connection.send({ type: "stay" });
  }

  /** @param {string} text */
  post(text) {
    const post = { id: newId(), text, time: new Date().toISOString(), status: "waiting" };
    this.dispatch({ type: "post", post });
  }

  /** The person is typing: reconnects to a stopped chat, or lets the others know, though not at every key. */
  sendTyping() {
    if (this.#state.connection.phase === "stopped") this.reconnect();
    else if (this.#isOnline && Date.now() - this.#typedAt >= TYPING_EVERY) {
      this.#typedAt = Date.now();
      this.#connection.send({ type: "typing" });
    }
  }

  /**
   * @param {string} name
   * @returns {Promise<void>} rejects with the server's error; without a connection the next `hello` sends the
   *   name
   */
  async rename(name) {
    if (this.#isOnline) await this.request({ type: "rename", name });
    choose({ name });
  }

  /**
   * @param {string} query   part of a name
   * @param {number} offset
   * @returns {Promise<{people: Person[], count: number, next: number | null}>} see `people` in
   *   docs/protocol.md
   */
  findPeople(query, offset) {
    return this.request({ type: "people", query, offset, limit: PEOPLE_PAGE });
  }

  /** @param {{type: string, [field: string]: any}} command @returns {Promise<any>} see `Requests` */
  request(command) {
    return this.#requests.request(command);
  }

  get #isOnline() {
    return this.#state.connection.phase === "online";
  }

  /** @returns {object} the first command on each socket */
  #hello() {
    return {
      type: "hello",
      name: prefs().name,
      room: this.#room,
      history: CHUNK,
      token: load("wschat.token") ?? undefined,
      secret: secret(),
      resume: this.#state.position ?? undefined,
      password: this.#password || undefined,
      jwt: embedToken() || undefined,
    };
  }

  /** @param {any} event   from the server */
  #onEvent(event) {
    const isAnswer = typeof event.ref === "string";
    if (isAnswer) this.#requests.settle(event);
    if (event.type === "welcome") this.#onWelcome(event);
    else if (event.type === "renamed" || !isAnswer) this.dispatch(event);
  }

  /** @param {any} event */
  #onWelcome(event) {
    sessionItem("wschat.password", this.#password); // it was the right one
    save("wschat.token", event.token);
    const stale = Boolean(this.#version && event.version && event.version !== this.#version);
    this.dispatch({ ...event, stale, read: loadJson(this.#readKey) ?? undefined });
  }

  /** Tries to join, no matter why the last attempt was refused. */
  #rejoin() {
    this.dispatch({ type: "join" });
    this.#connection.retry();
  }

  async #refreshCrowd() {
    this.#crowdTimer = undefined;
    const answer = await this.request({ type: "people", limit: PEOPLE_PAGE }).catch(() => null);
    if (answer) this.dispatch({ type: "people", people: answer.people, count: answer.count });
  }

  /** Stores how far the person has read, for the next visit. */
  #saveReadPosition() {
    const { position, watching } = this.#state;
    if (position && watching) save(this.#readKey, JSON.stringify(position));
  }
}
