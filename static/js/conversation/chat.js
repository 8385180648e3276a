/**
 * The conversation: holds the state, applies every event to it, and sends and stores what follows from it.
 *
 * @import {Change, ChatEvent, EventType, PageEvent, Person, Post, State, Welcome, WireEvent} from "../types.js"
 */
import { BASE } from "../base-path.js";
import { apply, initial } from "../state/state.js";
import { PART } from "../state/timeline.js";
import { Credentials, embedToken } from "../storage/credentials.js";
import { newId } from "../storage/new-id.js";
import { Outbox } from "../storage/outbox.js";
import { choose, prefs } from "../storage/prefs.js";
import { RoomMemory } from "../storage/room-memory.js";
import { Connection } from "./connection.js";
import { CrowdRefresh } from "./crowd-refresh.js";
import { Requests } from "./requests.js";
import { Sender } from "./sender.js";

/** People are requested in parts of this size, the largest that the server gives. */
const PEOPLE_PAGE = 200;

/** After so many attempts that never led to a socket, something between the page and the server is suspected. */
const SUSPECT_PROXY_AFTER = 2;
/** Where the server that can't let anybody in doesn't say when it may be asked again (s). */
const UNAVAILABLE_RETRY = 2;

/** What the person sends connects a stopped chat. @type {Set<EventType>} */
const WAKING = new Set(["post-written", "post-retried", "change-wanted"]);

/** @typedef {(state: State, before: State, event: ChatEvent) => void} Listener */

export class Chat {
  #state;
  #room;
  #version;
  #credentials;
  /** A socket to the server has been open. */
  #wasOpen = false;
  /** @type {Set<Listener>} */
  #listeners = new Set();
  #crowdRefresh = new CrowdRefresh(this);
  #connection;
  #requests;
  #sender;
  #outbox;
  #memory;

  /**
   * @param {object} options
   * @param {string} options.room
   * @param {string} options.version   of this page; if `welcome` has another, the server has a newer page
   */
  constructor({ room, version }) {
    this.#state = initial(room);
    this.#room = room;
    this.#credentials = new Credentials(room);
    this.#version = version;
    this.#outbox = new Outbox(room);
    this.#memory = new RoomMemory(
      room,
      () => this.#state,
      (event) => this.dispatch(event),
    );
    this.#connection = new Connection({
      url: `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${BASE}/ws`,
      hello: () => this.#hello(),
      onEvent: (event) => this.#onEvent(event),
      onPhase: ({ phase, retryAt, attempt = 0 }) => {
        if (phase === "joining") this.#wasOpen = true;
        else this.#requests.rejectAll();
        this.dispatch({ type: "phase-changed", phase, retryAt });
        if (attempt >= SUSPECT_PROXY_AFTER && !this.#state.connection.joinedBefore) void this.#findProxy();
      },
    });
    this.#requests = new Requests((command) => this.#isOnline && this.#connection.send(command));
    this.#sender = new Sender(
      this,
      (command) => this.#connection.send(command),
      (change) => this.#outbox.isWanted(change),
    );
  }

  get state() {
    return this.#state;
  }

  /** @param {Listener} listener   called after each change of the state @returns {() => void} removes it */
  listen(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** @param {PageEvent} event   what comes from the server isn't for others to dispatch */
  dispatch(event) {
    this.#apply(event);
  }

  /** @param {ChatEvent} event */
  #apply(event) {
    const before = this.#state;
    const state = apply(before, { at: performance.now(), now: Date.now(), ...event });
    if (state === before) return;
    this.#state = state;
    this.#outbox.update(before.posts, state.posts);
    this.#outbox.update(before.changes, state.changes);
    if (state.resyncAt !== before.resyncAt) this.#connection.retrySoon();
    if (state.refusal && !before.refusal) this.#connection.close();
    this.#memory.update(state, before);
    this.#crowdRefresh.update(state);
    for (const listener of this.#listeners) listener(state, before, event);
    this.sendNext();
    if (WAKING.has(event.type)) this.#wake();
  }

  /** Sends what waits, once there are views: a refusal puts a text back into the field. */
  sendNext() {
    if (this.#listeners.size) this.#sender.sendNext();
  }

  /** Connects if the person is known, and takes over what an earlier tab left unsent. */
  async open() {
    this.#credentials.takeLink();
    if (prefs().name || embedToken()) this.#connection.retry();
    const { posts, changes } = await this.#outbox.load();
    if (posts.length) this.dispatch({ type: "posts-loaded", posts });
    if (!changes.length) return;
    this.dispatch({ type: "changes-loaded", changes });
    const ids = new Set(this.#state.changes.map(({ id }) => id));
    this.#outbox.update(
      changes,
      changes.filter(({ id }) => ids.has(id)),
    );
  }

  /**
   * @param {string} name
   * @param {string} [password]   the room's or the operator's, whichever the server asked for
   */
  join(name, password = "") {
    this.#credentials.add(password, this.#state.refusal?.scope);
    choose({ name });
    this.rejoin();
  }

  /** The site that embeds the chat has put a newer token into the address. */
  async renew() {
    if (!this.#isOnline) return this.rejoin();
    return this.request({ type: "renew", jwt: embedToken() }).catch(() => undefined);
  }

  /** Connects at once. */
  reconnect() {
    this.#connection.retry();
  }

  /** Asks the server not to stop for lack of messages. */
  stay() {
    this.#connection.send({ type: "stay" });
  }

  /**
   * @param {string} text   a new message, with what is attached, in reply to another where the field is about one
   * @param {Post["reply"]} [kept]   what it replies to otherwise
   */
  post(text, kept) {
    const { subject, position, attached } = this.#state;
    const reply = subject ? { seq: subject.seq, from: subject.from, epoch: position?.epoch } : kept;
    /** @type {Post} */
    const post = { id: newId(), text, time: new Date().toISOString(), status: "waiting" };
    if (reply) post.reply = reply;
    if (attached.length) post.pictures = attached;
    if (attached.some(({ receipt }) => !receipt)) post.status = "uploading";
    this.dispatch({ type: "post-written", post });
  }

  /** @param {Omit<Change, "id" | "time" | "status">} what   shown at once, and sent as soon as it can be */
  change(what) {
    /** @type {Change} */
    const change = { ...what, id: newId(), time: new Date().toISOString(), status: "waiting" };
    this.dispatch({ type: "change-wanted", change });
  }

  /** The person is typing: reconnects to a stopped chat, or lets the others know, though not at every key. */
  sendTyping() {
    if (this.#isOnline) this.#sender.sendTyping();
    else this.#wake();
  }

  #wake() {
    if (this.#state.connection.phase === "stopped") this.reconnect();
  }

  /**
   * @param {string} name
   * @returns {Promise<boolean>} rejects with the server's error; false: without a connection, the next `hello` has it
   */
  async rename(name) {
    const isOnline = this.#isOnline;
    if (isOnline) await this.request({ type: "rename", name });
    else choose({ name });
    return isOnline;
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

  /**
   * @param {{type: string, [field: string]: any}} command
   * @param {number} [patience]
   * @returns {Promise<any>} see `Requests`
   */
  request(command, patience) {
    return this.#requests.request(command, patience);
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
      history: PART,
      resume: this.#state.position ?? undefined,
      ...this.#credentials.fields(),
    };
  }

  /** @param {WireEvent & {ref?: string}} event */
  #onEvent(event) {
    const isAnswer = typeof event.ref === "string";
    if (isAnswer) this.#requests.settle(event);
    // Also after nobody waits for it any more. Without `ref` the name was lost, and is still wished for.
    if (isAnswer && event.type === "renamed") choose({ name: event.you.name });
    if (event.type === "welcome") this.#onWelcome(event);
    else if (event.type === "role") this.#apply(this.#credentials.withLink(event));
    else if (event.type === "renamed" || !isAnswer) this.#apply(event);
    if (event.type === "error" && this.#state.connection.obstacle === "unavailable") {
      this.#connection.retryAfter((event.retry_after ?? UNAVAILABLE_RETRY) * 1000);
    }
  }

  /** No WebSocket opens, though the server answers: then a proxy doesn't let them through. */
  async #findProxy() {
    const answer = await fetch(`${BASE}/health`, { cache: "no-store" }).catch(() => null);
    const health = await answer?.json().catch(() => null);
    if (!health?.redis || this.#state.connection.joinedBefore || this.#wasOpen) return;
    this.dispatch({ type: "obstacle-changed", obstacle: "proxy" });
  }

  /** @param {Welcome & {type: "welcome"}} event */
  #onWelcome(event) {
    this.#credentials.keep(event.token);
    const renewed = Boolean(this.#version && event.version && event.version !== this.#version);
    this.#apply({ ...this.#credentials.withLink(event), renewed, ...this.#memory.load() });
  }

  /** Tries to join, no matter why the last attempt was refused. */
  rejoin() {
    this.#credentials.takeLink();
    this.dispatch({ type: "join-wanted" });
    this.#connection.retry();
  }
}
