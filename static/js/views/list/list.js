/**
 * The list of messages. Only changed chunks are drawn again.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {DrawScheduler} from "../../draw-scheduler.js"
 * @import {ListScroll} from "./scroll.js"
 * @import {Chunk, Item, MessageItem, State} from "../../types.js"
 * @import {Names} from "../../text/names.js"
 * @import {Reader} from "./message.js"
 * @import {Visible} from "./visible.js"
 */
import { nothing, render, repeat } from "../../../vendor/vendor.js";
import { moment, t } from "../../i18n/i18n.js";
import { extras, use } from "../../lazy-modules.js";
import { messageAt, tombstoneEnd } from "../../state/changes.js";
import { isModerator } from "../../state/rules.js";
import { itemsOf, seqIn, seqOf } from "../../state/timeline.js";
import { onPrefs, prefs } from "../../storage/prefs.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";
import { chunkView, hasParts, waitingAmong } from "./chunk.js";
import { bottomView, emptyView, topView } from "./lines-between.js";
import { postsView } from "./pending-posts.js";
import { keyOf, markIn, visible } from "./visible.js";

/** A timer of over 24 days, which a wrong clock may ask for, would end at once (ms). */
const LONGEST = 60 * 60_000;

/** @param {Item[]} items */
const lastMessage = (items) =>
  /** @type {MessageItem | undefined} */ (items.findLast(({ kind }) => kind === "message"));

export class ListView {
  root = /** @type {HTMLElement} */ (document.getElementById("list"));
  /** All that is in the page is drawn; otherwise the list is shorter than it will be. */
  isWhole = true;
  #chat;
  #draws;
  #scroll;
  #loadOlder;
  #loadNewer;
  #invite;
  #names;
  #goTo;
  /** @type {Set<string>} keys of long messages that are shown in full */
  #unfolded = new Set();
  /** Of the log that was drawn last. @type {string | undefined} */
  #epoch;
  /** Incremented when all chunks must be drawn again. */
  #revision = 0;
  /** @type {Set<string>} keys of the drawn chunks */
  #drawn = new Set();
  /** @type {Visible} */
  #shown = { chunks: [], until: 0 };
  /**
   * What decided at the last draw whether a part may be loaded.
   *
   * @type {{atHead: boolean, phase: string, isLoading: boolean}}
   */
  #lastDraw = { atHead: true, phase: "", isLoading: false };
  /** @type {Reader["parts"]} */
  #parts;
  /** @type {Set<number>} messages that others reply to, and the page doesn't know */
  #wanted = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tombstoneTimer;

  /**
   * @param {Chat} chat
   * @param {object} deps
   * @param {DrawScheduler} deps.draws
   * @param {ListScroll} deps.scroll
   * @param {() => void} deps.loadOlder   called when the person asks for older messages
   * @param {() => void} deps.loadNewer   called when the person asks for newer messages
   * @param {() => void} deps.invite   the person wants to invite others
   * @param {Names} deps.names   of the people that messages may mention
   * @param {(seq: number) => void} deps.goTo   goes to a message
   */
  constructor(chat, { draws, scroll, loadOlder, loadNewer, invite, names, goTo }) {
    this.#goTo = goTo;
    this.#invite = invite;
    this.#chat = chat;
    this.#draws = draws;
    this.#scroll = scroll;
    this.#loadOlder = loadOlder;
    this.#loadNewer = loadNewer;
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
    const shown = visible(state.timeline.chunks, Date.now());
    const mayLoadNow = this.#mayLoadNow(state);
    if (this.#epoch !== state.position?.epoch) this.#unfolded.clear(); // a key is another message's by now
    this.#epoch = state.position?.epoch;
    const shouldRecheck = shown !== this.#shown || !this.isWhole || mayLoadNow;
    this.#shown = shown;
    const { chunks, until } = shown;
    const focused = seqIn(document.activeElement?.closest("[data-key]")?.getAttribute("data-key"));
    const { atHead } = state.timeline;
    const draw = () =>
      render(
        [
          topView(state, this.#loadOlder),
          emptyView(state, this.#invite),
          this.#chunksView(state, reader, chunks),
          bottomView(state, this.#loadNewer),
          postsView(state.posts, atHead ? chunks.at(-1)?.items.at(-1) : undefined, reader),
        ],
        root,
      );
    drawKeepingFocus(
      root,
      () => this.#scroll.keep(draw, atHead),
      () => this.rowOf(focused) ?? root, // of the run that the message is in now
    );
    root.setAttribute("aria-label", t("list-label"));
    clearTimeout(this.#tombstoneTimer);
    if (until < Infinity)
      this.#tombstoneTimer = setTimeout(
        () => this.#draws.request(this),
        Math.min(until - Date.now(), LONGEST),
      );
    this.#fetchParts(state);
    if (shouldRecheck && state.timeline.chunks.length && !this.#lastDraw.isLoading) this.#scroll.recheck();
  }

  /**
   * @param {State} state
   * @returns {boolean} whether loading may be possible that wasn't at the last draw: the connection is back, the end of
   *   the room came or went, or a request has ended
   */
  #mayLoadNow({ timeline: { atHead }, connection: { phase }, history }) {
    const last = this.#lastDraw;
    const isLoading = Object.values(history).includes("loading");
    this.#lastDraw = { atHead, phase, isLoading };
    const isBack = phase === "online" && last.phase !== "online";
    const hasLoaded = last.isLoading && !isLoading;
    return isBack || atHead !== last.atHead || hasLoaded;
  }

  /** Draws all chunks at once, for a caller that needs a place in one of them. */
  drawWhole() {
    do {
      this.#draws.request(this);
      this.#draws.flush();
    } while (!this.isWhole);
  }

  /**
   * @param {number} seq
   * @returns {HTMLElement | null} the row of a message, or of the run of deleted ones that it is in
   */
  rowOf(seq) {
    const item = itemsOf(this.#chat.state.timeline).find((each) => seqOf(each) === seq);
    if (!item || tombstoneEnd(item) <= Date.now()) return null;
    const rows = this.#shown.chunks.flatMap(({ items }) => items);
    return document.getElementById(rows.find((each) => (seqOf(each) ?? 0) >= seq)?.key ?? "");
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
      posts.some(({ reply, pictures }) => reply || pictures) ||
      timeline.chunks.some(({ items }) => hasParts(items));
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
}

/**
 * Sets the title of a time, with date and seconds, when the pointer is over it: in the language and the time
 * zone of then. Formatting it for every message would take longer than drawing the rest of the message.
 *
 * @param {Element} target
 */
function nameMoment(target) {
  const time = target.closest?.("time");
  if (time) time.title = moment(new Date(time.dateTime));
}
