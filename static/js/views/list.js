/**
 * The list of messages. Only changed chunks are drawn again.
 *
 * @import {Chat} from "../chat.js"
 * @import {DrawScheduler} from "../scheduler.js"
 * @import {ListScroll} from "../scroll.js"
 * @import {Chunk, Item, MessageItem, State} from "../types.js"
 * @import {Names} from "../text/names.js"
 * @import {Reader} from "./message.js"
 * @import {Authored} from "./notes.js"
 */
import { html, nothing, render, repeat } from "../../vendor/vendor.js";
import { messageAt } from "../changes.js";
import { extras, use } from "../extras.js";
import { moment, t } from "../i18n.js";
import { onPrefs, prefs } from "../prefs.js";
import { isModerator } from "../rules.js";
import { itemsOf, seqOf, size, WINDOW } from "../timeline.js";
import { chunkView, hasParts, keyOf, markIn, visible } from "./chunk.js";
import { postView } from "./message.js";
import { edgeView, emptyView, isGrouped } from "./notes.js";

/** Rows of new chunks that are drawn in one frame, the newest first; the others follow in the next frames. */
const FRESH_ROWS = 24;

/** @param {Item[]} items */
const lastMessage = (items) =>
  /** @type {MessageItem | undefined} */ (items.findLast(({ kind }) => kind === "message"));

/** @param {Chunk[]} fresh   each of fewer rows than a frame draws @returns {Set<Chunk>} those that wait for another frame */
function waitingAmong(fresh) {
  let rows = 0;
  const last = fresh.findLastIndex(({ items }) => {
    rows += items.length;
    return rows > FRESH_ROWS;
  });
  return new Set(fresh.slice(0, last + 1));
}

export class ListView {
  root = /** @type {HTMLElement} */ (document.getElementById("list"));
  /** All that is in the page is drawn; otherwise the list is shorter than it will be. */
  isWhole = true;
  #chat;
  #draws;
  #scroll;
  #loadOlder;
  #invite;
  #names;
  #goTo;
  /** @type {Set<string>} keys of long messages that are shown in full */
  #unfolded = new Set();
  /** Incremented when all chunks must be drawn again. */
  #revision = 0;
  /** @type {Set<string>} keys of the drawn chunks */
  #drawn = new Set();
  /** @type {Chunk[]} what is shown of them */
  #shown = [];
  /** @type {Reader["parts"]} */
  #parts;
  /** @type {Set<number>} messages that others reply to, and the page doesn't know */
  #wanted = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tombstoneTimer;

  /**
   * @param {Chat} chat
   * @param {object} parts
   * @param {DrawScheduler} parts.draws
   * @param {ListScroll} parts.scroll
   * @param {() => void} parts.loadOlder   called when the person asks for older messages
   * @param {() => void} parts.invite   the person wants to invite others
   * @param {Names} parts.names   of the people that messages may mention
   * @param {(seq: number) => void} parts.goTo   goes to a message
   */
  constructor(chat, { draws, scroll, loadOlder, invite, names, goTo }) {
    this.#goTo = goTo;
    this.#invite = invite;
    this.#chat = chat;
    this.#draws = draws;
    this.#scroll = scroll;
    this.#loadOlder = loadOlder;
    this.#names = names;
    this.root.replaceChildren();
    this.root.addEventListener("pointerover", ({ target }) => nameMoment(/** @type {Element} */ (target)));
    onPrefs(() => {
      this.#revision += 1;
    });
  }

  /** @param {State} state */
  draw(state) {
    const { root } = this;
    const reader = this.#readerOf(state);
    const { chunks, until } = visible(state.timeline.chunks, Date.now());
    this.#shown = chunks;
    const hadFocus = root.contains(document.activeElement) && document.activeElement !== root;
    this.#scroll.keep(() => {
      const edge = edgeView(state, this.#loadOlder);
      render(
        [
          edge,
          emptyView(state, this.#invite),
          this.#chunksView(state, reader, chunks),
          this.#postsView(state, reader, chunks),
        ],
        root,
      );
    });
    if (hadFocus && !root.contains(document.activeElement)) root.focus({ preventScroll: true });
    root.setAttribute("aria-label", t("list-label"));
    clearTimeout(this.#tombstoneTimer);
    if (until < Infinity)
      this.#tombstoneTimer = setTimeout(() => this.#draws.request(this), until - Date.now());
    this.#fetchParts(state);
    const all = size(state.timeline);
    const isShorter = chunks.reduce((sum, { items }) => sum + items.length, 0) < all;
    // A full window would only lose as much on its other side.
    if (isShorter && all < WINDOW) this.#scroll.recheck();
  }

  /** Draws all chunks at once, for a caller that needs a place in one of them. */
  drawWhole() {
    do {
      this.#draws.request(this);
      this.#draws.flush();
    } while (!this.isWhole);
  }

  /** @param {number} seq @returns {HTMLElement | null} the row of a message, or of the run of deleted ones that it is in */
  rowOf(seq) {
    if (!itemsOf(this.#chat.state.timeline).some((item) => seqOf(item) === seq)) return null;
    const all = this.#shown.flatMap(({ items }) => items);
    const item = all.find((each) => (seqOf(each) ?? 0) >= seq);
    const isThere = item && (seqOf(item) === seq || (item.kind === "message" && item.run));
    return isThere ? document.getElementById(item.key) : null;
  }

  /** @param {State} state @returns {Reader} */
  #readerOf(state) {
    const { me } = state;
    return {
      id: me?.id ?? "",
      name: me?.name ?? prefs().name,
      names: this.#names,
      unfolded: this.#unfolded,
      fold: (key) => this.#fold(key),
      parts: this.#parts,
      quoted: (seq) => this.#quoted(state, seq),
      goTo: this.#goTo,
      epoch: state.position?.epoch,
      moderators: state.online.people.reduce(
        (ids, each) => (isModerator(each) ? `${ids}${each.id} ` : ids),
        " ",
      ),
      chat: this.#chat,
    };
  }

  /** @param {State} state @param {number} seq @returns {MessageItem | null | undefined} */
  #quoted(state, seq) {
    const item = messageAt(state, seq);
    if (item === undefined) this.#wanted.add(seq);
    return item;
  }

  /** Fetches what the messages need besides their texts. @param {State} state */
  #fetchParts({ timeline, posts }) {
    const isNeeded = () =>
      posts.some(({ reply }) => reply) || timeline.chunks.some(({ items }) => hasParts(items));
    if (!this.#parts && isNeeded()) {
      use(extras.messageParts, (parts) => {
        this.#parts = parts;
        this.#draws.request(this);
      });
    }
    const wanted = [...this.#wanted];
    this.#wanted = new Set();
    if (wanted.length) use(extras.quotes, ({ loadQuotes }) => loadQuotes(this.#chat, wanted));
  }

  /** @param {string} key   of a message to show in full, or to fold again */
  #fold(key) {
    if (!this.#unfolded.delete(key)) this.#unfolded.add(key);
    this.#revision += 1;
    this.#draws.request(this);
  }

  /** @param {State} state @param {Reader} reader @param {Chunk[]} chunks   without what isn't shown */
  #chunksView({ unread, timeline }, reader, chunks) {
    const fresh = chunks.filter(({ key }) => !this.#drawn.has(key));
    const later = waitingAmong(fresh);
    this.isWhole = !later.size;
    if (!this.isWhole) this.#draws.request(this);
    this.#drawn = new Set(chunks.filter((chunk) => !later.has(chunk)).map(keyOf));
    const mark = markIn(unread.mark, timeline.chunks, chunks);
    const drawing = {
      unread: { ...unread, mark },
      reader,
      revision: this.#revision,
      loadOlder: this.#loadOlder,
    };
    /** @type {MessageItem | null} */
    let previous = null;
    return repeat(chunks, keyOf, ({ items }, i) => {
      const above = chunks[i - 1]?.items.at(-1) ?? null;
      const view = later.has(chunks[i]) ? nothing : chunkView(items, above, previous, drawing);
      previous = lastMessage(items) ?? previous;
      return view;
    });
  }

  /**
   * @param {State} state
   * @param {Reader} reader
   * @param {Chunk[]} chunks   above them
   * @returns {unknown} the person's posts that aren't messages yet
   */
  #postsView({ timeline, posts }, reader, chunks) {
    if (!timeline.atHead) return nothing;
    const on = {
      retry: (/** @type {string} */ id) => this.#chat.dispatch({ type: "retry", id }),
      discard: (/** @type {string} */ id) => this.#chat.dispatch({ type: "discard", id }),
    };
    const above = chunks.at(-1)?.items.at(-1);
    /** @type {Authored | null} */
    let previous = above?.kind === "message" ? above : null;
    const rows = repeat(
      posts,
      ({ id }) => id,
      (post) => {
        const authored = { from: { id: reader.id, name: reader.name }, time: post.time };
        const grouped = isGrouped(previous, authored);
        previous = authored;
        return postView(post, grouped, reader, on);
      },
    );
    return html`<div class="chunk">${rows}</div>`;
  }
}

/**
 * Sets the title of a time, with date and seconds, when the pointer is over it. Formatting it for every
 * message would take longer than drawing the rest of the message.
 *
 * @param {Element} target
 */
function nameMoment(target) {
  const time = target.closest?.("time");
  if (time && !time.title) time.title = moment(new Date(time.dateTime));
}
