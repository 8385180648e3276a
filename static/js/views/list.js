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
import { guard, html, nothing, render, repeat } from "../../vendor/vendor.js";
import { dayKey, language, moment, t } from "../i18n.js";
import { onPrefs, prefs } from "../prefs.js";
import { lastItem } from "../timeline.js";
import { messageView, plainView, postView } from "./message.js";
import { dayView, edgeView, emptyView, isGrouped, newView, noteView } from "./notes.js";

/** New chunks that are drawn in one frame, the newest first; the others follow in the next frames. */
const FRESH_CHUNKS = 1;

/** @param {Item[]} items */
const lastMessage = (items) =>
  /** @type {MessageItem | undefined} */ (items.findLast(({ kind }) => kind === "message"));

/** @type {WeakMap<Item[], boolean>} */
const mentioning = new WeakMap();

/** @param {Item[]} items @returns {boolean} whether one of them may name somebody, which depends on who is known */
function mayMention(items) {
  const known = mentioning.get(items);
  if (known !== undefined) return known;
  const may = items.some((item) => item.kind === "message" && /[@＠]/.test(item.text));
  mentioning.set(items, may);
  return may;
}

/** @param {{key: string}} keyed */
const keyOf = ({ key }) => key;

export class ListView {
  root = /** @type {HTMLElement} */ (document.getElementById("list"));
  #chat;
  #draws;
  #scroll;
  #loadOlder;
  #invite;
  #names;
  /** @type {Set<string>} keys of long messages that are shown in full */
  #unfolded = new Set();
  /** Incremented when all chunks must be drawn again. */
  #revision = 0;
  /** @type {Set<string>} keys of the drawn chunks */
  #drawn = new Set();

  /**
   * @param {Chat} chat
   * @param {object} parts
   * @param {DrawScheduler} parts.draws
   * @param {ListScroll} parts.scroll
   * @param {() => void} parts.loadOlder   called when the person asks for older messages
   * @param {() => void} parts.invite   the person wants to invite others
   * @param {Names} parts.names   of the people that messages may mention
   */
  constructor(chat, { draws, scroll, loadOlder, invite, names }) {
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
    const hadFocus = root.contains(document.activeElement) && document.activeElement !== root;
    this.#scroll.keep(() => {
      const edge = edgeView(state, this.#loadOlder);
      render(
        [
          edge,
          emptyView(state, this.#invite),
          this.#chunksView(state, reader),
          this.#postsView(state, reader),
        ],
        root,
      );
    });
    if (hadFocus && !root.contains(document.activeElement)) root.focus({ preventScroll: true });
    root.setAttribute("aria-label", t("list-label"));
  }

  /** Draws all chunks at once, for a caller that needs a place in one of them. */
  drawWhole() {
    do {
      this.#draws.request(this);
      this.#draws.flush();
    } while (this.#chat.state.timeline.chunks.some(({ key }) => !this.#drawn.has(key)));
  }

  /** @param {State} state @returns {Reader} */
  #readerOf({ me }) {
    const fold = (/** @type {string} */ key) => this.#fold(key);
    const name = me?.name ?? prefs().name;
    return { id: me?.id ?? "", name, names: this.#names, unfolded: this.#unfolded, fold };
  }

  /** @param {string} key   of a message to show in full, or to fold again */
  #fold(key) {
    if (!this.#unfolded.delete(key)) this.#unfolded.add(key);
    this.#revision += 1;
    this.#draws.request(this);
  }

  /** @param {State} state @param {Reader} reader */
  #chunksView(state, reader) {
    const { chunks } = state.timeline;
    const fresh = chunks.filter(({ key }) => !this.#drawn.has(key));
    const later = new Set(fresh.slice(0, -FRESH_CHUNKS));
    if (later.size) this.#draws.request(this);
    this.#drawn = new Set(chunks.filter((chunk) => !later.has(chunk)).map(keyOf));
    /** @type {MessageItem | null} */
    let previous = null;
    return repeat(chunks, keyOf, (chunk, i) => {
      const above = chunks[i - 1]?.items.at(-1) ?? null;
      const view = later.has(chunk) ? nothing : this.#chunkView(chunk, above, previous, state, reader);
      previous = lastMessage(chunk.items) ?? previous;
      return view;
    });
  }

  /**
   * @param {Chunk} chunk
   * @param {Item | null} above   the item right above the chunk
   * @param {MessageItem | null} last   the last message above the chunk
   * @param {State} state
   * @param {Reader} reader
   */
  #chunkView({ items }, above, last, { unread }, reader) {
    const mark = items.some(({ key }) => key === unread.mark) ? unread.mark : null;
    const today = dayKey(new Date());
    const named = mayMention(items) ? reader.names.revision : 0;
    const line = mark && newView(unread.above);
    const inputs = [
      items,
      above,
      last,
      mark,
      mark && unread.above,
      this.#revision,
      reader.id,
      reader.name,
      named,
      language(),
      today,
    ];
    return guard(inputs, () => {
      let previous = last;
      const rows = repeat(items, keyOf, (item, i) => {
        const newLine = mark === item.key ? line : null;
        const row = orPlain(item, () =>
          this.#rowView(item, i ? items[i - 1] : above, previous, newLine, reader),
        );
        if (item.kind === "message") previous = item;
        return row;
      });
      return html`<div class="chunk">${rows}</div>`;
    });
  }

  /**
   * @param {Item} item
   * @param {Item | null} above   the item right above
   * @param {MessageItem | null} previous   the last message above
   * @param {unknown} newLine   the line above the first unread message, if this is it
   * @param {Reader} reader
   */
  #rowView(item, above, previous, newLine, reader) {
    if (item.kind !== "message") return html`${newLine}${noteView(item, this.#loadOlder)}`;
    const grouped = isGrouped(newLine || above !== previous ? null : previous, item);
    return html`${dayView(previous, new Date(item.time))}${newLine}${messageView(item, grouped, reader)}`;
  }

  /**
   * @param {State} state
   * @param {Reader} reader
   * @returns {unknown} the person's posts that aren't messages yet
   */
  #postsView({ timeline, posts }, reader) {
    if (!timeline.atHead) return nothing;
    const on = {
      retry: (/** @type {string} */ id) => this.#chat.dispatch({ type: "retry", id }),
      discard: (/** @type {string} */ id) => this.#chat.dispatch({ type: "discard", id }),
    };
    const above = lastItem(timeline);
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

/** @param {Item} item @param {() => unknown} view @returns {unknown} its text alone if something is wrong with it: one message never stops the list */
function orPlain(item, view) {
  try {
    return view();
  } catch (error) {
    console.info("A message can't be shown as it should be:", error);
    return item.kind === "message" ? plainView(item) : nothing;
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
