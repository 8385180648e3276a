/**
 * The window with the messages, and the row below it: who is typing, and the way back to the end.
 *
 * @import {Chat} from "../chat.js"
 * @import {Chunk, Item, MessageItem, PresenceChange, State} from "../types.js"
 * @import {Look} from "./message.js"
 */
import { guard, html, nothing, render, repeat } from "../../vendor/vendor.js";
import { loadAround, loadNewer, loadOlder } from "../history.js";
import { day, dayKey, isolate, language, moment, number, t } from "../i18n.js";
import { onPrefs, prefs } from "../prefs.js";
import { followScroll } from "../scroll.js";
import { TYPING_LASTS } from "../state.js";
import { itemsOf, lastItem } from "../timeline.js";
import { messageView, postView } from "./message.js";

/** Messages of one author are grouped while no more than this lies between them (ms). */
const GROUP_WITHIN = 5 * 60_000;
/** At most so many new chunks are drawn at once, the newest; those above follow in the next frames. */
const FRESH_CHUNKS = 1;
/** How many names a line gives before it counts the rest. */
const NAMES_SHOWN = 3;

/** @param {{from: {id?: string, name: string}, time: string} | null} before @param {{from: {id?: string, name: string}, time: string}} item */
export function isGrouped(before, item) {
  if (!before) return false;
  const sameAuthor = before.from.id === item.from.id && before.from.name === item.from.name;
  const [earlier, later] = [new Date(before.time), new Date(item.time)];
  return (
    sameAuthor && later.getTime() - earlier.getTime() < GROUP_WITHIN && dayKey(earlier) === dayKey(later)
  );
}

/** @param {string[]} names @returns {string} «Анна, Борис и ещё 5» */
export function listed(names) {
  const shown = names.slice(0, NAMES_SHOWN).map(isolate).join(", ");
  const rest = names.length - NAMES_SHOWN;
  return rest > 0 ? t("and-more", { names: shown, count: number(rest) }) : shown;
}

/** @param {PresenceChange[]} changes @returns {{joined: string[], left: string[]}} who is here or gone in the end */
export function netOf(changes) {
  /** @type {Map<string, {first: string, last: string, name: string}>} */
  const seen = new Map();
  for (const { what, person } of changes) {
    if (what === "renamed") continue;
    seen.set(person.id, { first: seen.get(person.id)?.first ?? what, last: what, name: person.name });
  }
  const net = [...seen.values()].filter(({ first, last }) => first === last);
  const names = (/** @type {string} */ what) =>
    net.filter(({ last }) => last === what).map(({ name }) => name);
  return { joined: names("joined"), left: names("left") };
}

/** @param {string} what @param {string[]} names */
const presenceWords = (what, names) =>
  names.length ? [t(names.length === 1 ? `${what}-one` : what, { names: listed(names) })] : [];

/** @param {PresenceChange[]} changes @returns {string[]} lines, as the person wants them */
function presenceLines(changes) {
  const wanted = prefs().presence;
  if (wanted === "hide") return [];
  const renames = changes
    .filter(({ what, was }) => what === "renamed" && was)
    .map(({ person, was = "" }) => t("renamed", { was: isolate(was), names: isolate(person.name) }));
  if (wanted === "condense") {
    const { joined, left } = netOf(changes);
    const lines = [...presenceWords("joined", joined), ...presenceWords("left", left), ...renames];
    return lines.length ? [lines.join(" · ")] : [];
  }
  return changes
    .flatMap(({ what, person }) => (what === "renamed" ? [] : presenceWords(what, [person.name])))
    .concat(renames);
}

/** @param {Item[]} items @returns {MessageItem | undefined} */
const lastMessage = (items) =>
  /** @type {MessageItem | undefined} */ (items.findLast(({ kind }) => kind === "message"));

/**
 * @param {Chat} chat
 * @param {() => void} drawAgain   asks for another draw, as soon as may be
 */
export function listView(chat, drawAgain) {
  const list = /** @type {HTMLElement} */ (document.getElementById("list"));
  const below = /** @type {HTMLElement} */ (document.getElementById("below"));
  list.replaceChildren();
  const unfolded = /** @type {Set<string>} */ (new Set());
  let revision = 0;
  let drawn = /** @type {Set<string>} */ (new Set());
  onPrefs(() => (revision += 1));

  // The whole moment is for those who point at the time: writing it costs more than the rest of a message.
  list.addEventListener("pointerover", ({ target }) => {
    const time = /** @type {Element} */ (target).closest?.("time");
    if (time && !time.title) time.title = moment(new Date(time.dateTime));
  });

  const scroll = followScroll(list, {
    move: moved,
    top: () => void loadOlder(chat),
    bottom: () => void loadNewer(chat),
  });

  /** @param {boolean} following */
  function moved(following) {
    chat.dispatch({ type: "view", watching: following && !document.hidden && chat.state.timeline.atHead });
    drawBelow(chat.state);
  }
  document.addEventListener("visibilitychange", () => moved(scroll.following));

  /** @param {string} key */
  function fold(key) {
    if (!unfolded.delete(key)) unfolded.add(key);
    revision += 1;
    draw(chat.state);
  }

  /**
   * @param {Item} item
   * @param {Item | null} above   what stands right above it
   * @param {MessageItem | null} previous   the last message above it
   * @param {State} state
   * @param {Look} look
   */
  function row(item, above, previous, state, look) {
    const fresh =
      state.unread.mark === item.key
        ? html`<p class="divider divider-new" id="new"><span>${t("new-messages")}</span></p>`
        : nothing;
    if (item.kind === "message") {
      const date = new Date(item.time);
      const newDay = !previous || dayKey(new Date(previous.time)) !== dayKey(date);
      const grouped = fresh === nothing && above === previous && isGrouped(previous, item);
      return html`${newDay ? html`<p class="divider"><span>${day(date, new Date())}</span></p>` : nothing}${fresh}${messageView(item, grouped, look)}`;
    }
    return html`${fresh}${noteView(item)}`;
  }

  /** @param {Exclude<Item, MessageItem>} item */
  function noteView(item) {
    switch (item.kind) {
      case "greeting":
        return html`<p class="line line-greeting" data-key=${item.key}>${language() === "ru" && item.text ? item.text : t("greeting")}</p>`;
      case "lost":
        return html`<p class="line" data-key=${item.key}>${t("lost")}</p>`;
      case "gap":
        return html`<p class="line" data-key=${item.key}>${t("gap", { n: item.missed, count: number(item.missed) })} ·
          <button class="button-text" type="button" tabindex="-1" @click=${() => void loadOlder(chat, true)}>${t("gap-load")}</button></p>`;
      default:
        return presenceLines(item.changes).map(
          (words) => html`<p class="line" data-key=${item.key}>${words}</p>`,
        );
    }
  }

  /**
   * @param {Chunk} chunk
   * @param {Item | null} above
   * @param {MessageItem | null} last   the last message of the chunks above
   * @param {State} state
   * @param {Look} look
   */
  function chunkView(chunk, above, last, state, look) {
    const mark = chunk.items.some(({ key }) => key === state.unread.mark) ? state.unread.mark : null;
    return guard(
      [chunk.items, above, last, mark, revision, look.me, look.name, language(), dayKey(new Date())],
      () => {
        let previous = last;
        return html`<div class="chunk">${repeat(
          chunk.items,
          ({ key }) => key,
          (item, i) => {
            const drawn = row(item, i ? chunk.items[i - 1] : above, previous, state, look);
            if (item.kind === "message") previous = item;
            return drawn;
          },
        )}</div>`;
      },
    );
  }

  /** @param {State} state @param {Look} look */
  function chunksView(state, look) {
    const { chunks } = state.timeline;
    const fresh = chunks.filter(({ key }) => !drawn.has(key));
    const later = new Set(fresh.slice(0, -FRESH_CHUNKS));
    if (later.size) drawAgain();
    drawn = new Set(chunks.filter((chunk) => !later.has(chunk)).map(({ key }) => key));
    /** @type {MessageItem | null} */
    let last = null;
    return repeat(
      chunks,
      ({ key }) => key,
      (chunk, i) => {
        const view = later.has(chunk)
          ? nothing
          : chunkView(chunk, chunks[i - 1]?.items.at(-1) ?? null, last, state, look);
        last = lastMessage(chunk.items) ?? last;
        return view;
      },
    );
  }

  /** @param {State} state */
  function edge({ history, timeline, connection }) {
    if (history === "loading")
      return html`<p class="line"><span class="spinner"></span>${t("history-loading")}</p>`;
    if (history === "failed") {
      return html`<p class="line" data-edge="failed">${t("history-failed")} ·
        <button class="button-text" type="button" tabindex="-1" @click=${() => void loadOlder(chat, true)}>${t("again")}</button></p>`;
    }
    return timeline.start &&
      connection.joinedBefore &&
      itemsOf(timeline).some(({ kind }) => kind === "message")
      ? html`<p class="line" data-edge="start">${t("history-start")}</p>`
      : html`<p class="line"></p>`;
  }

  /** @param {State} state @param {Look} look */
  function posts(state, look) {
    if (!state.timeline.atHead) return nothing;
    const above = lastItem(state.timeline);
    /** @type {Pick<MessageItem, "from" | "time"> | null} */
    let before = above?.kind === "message" ? above : null;
    return html`<div class="chunk">${repeat(
      state.posts,
      ({ id }) => id,
      (post) => {
        const item = { from: { id: look.me, name: look.name }, time: post.time };
        const grouped = isGrouped(before, item);
        before = item;
        return postView(post, grouped, look, {
          retry: (id) => chat.dispatch({ type: "retry", id }),
          discard: (id) => chat.dispatch({ type: "discard", id }),
        });
      },
    )}</div>`;
  }

  /** @param {State} state */
  function isEmpty({ connection, timeline, posts: own }) {
    return (
      connection.phase === "online" &&
      !own.length &&
      !itemsOf(timeline).some(({ kind }) => kind === "message")
    );
  }

  /** @param {State} state */
  function draw(state) {
    const look = { me: state.me?.id ?? "", name: state.me?.name ?? prefs().name, unfolded, fold };
    const held = list.contains(document.activeElement) && document.activeElement !== list;
    scroll.keep(() =>
      render(
        html`
      ${edge(state)}
      ${isEmpty(state) ? html`<p class="line line-empty">${t("empty")}</p>` : nothing}
      ${chunksView(state, look)}
      ${posts(state, look)}`,
        list,
      ),
    );
    if (held && !list.contains(document.activeElement)) list.focus({ preventScroll: true });
    list.setAttribute("aria-label", t("list-label"));
    drawBelow(state);
  }

  /** Also what would follow in the next frames: somewhere in it is what is looked for. */
  function drawWhole() {
    do draw(chat.state);
    while (chat.state.timeline.chunks.some(({ key }) => !drawn.has(key)));
  }

  /** @param {State} state */
  function typing({ typing: { people, at } }) {
    if (!people.length || Date.now() - at > TYPING_LASTS) return nothing;
    const names = people.map(({ name }) => isolate(name)).join(", ");
    return people.length > NAMES_SHOWN ? t("typing-many") : t("typing", { n: people.length, names });
  }

  /** @param {State} state */
  function drawBelow(state) {
    const away = !scroll.following || !state.timeline.atHead;
    const { count } = state.unread;
    render(
      html`
      <div class="typing">${typing(state)}</div>
      ${
        away
          ? html`<button class="button button-plain to-end" type="button" @click=${() => void toEnd()}
          aria-label=${count ? `${t("to-end")}: ${t("to-new", { n: count, count: number(count) })}` : t("to-end")}>
          ↓${count ? ` ${t("to-new", { n: count, count: number(count) })}` : ""}</button>`
          : nothing
      }`,
      below,
    );
  }

  async function toEnd() {
    if (!chat.state.timeline.atHead) await loadAround(chat, chat.state.head);
    draw(chat.state);
    scroll.toEnd();
    if (document.activeElement === document.body)
      document.getElementById("field")?.focus({ preventScroll: true });
  }

  /** @param {number} seq @returns {Promise<boolean>} whether the message was found and is in sight */
  async function toMessage(seq) {
    await loadAround(chat, seq);
    drawWhole();
    const element = document.getElementById(`m${seq}`);
    list.querySelector("[data-target]")?.removeAttribute("data-target");
    element?.setAttribute("data-target", "");
    if (element) scroll.to(element);
    return Boolean(element);
  }

  /** Goes to the first unread message, if it isn't in sight. */
  function toUnread() {
    if (chat.state.unread.mark) drawWhole();
    const line = document.getElementById("new");
    if (line && line.getBoundingClientRect().top < list.getBoundingClientRect().top) scroll.to(line, "start");
  }

  if (document.hidden) moved(scroll.following); // opened in the background: nobody is looking yet
  return { draw, drawBelow, toEnd, toMessage, toUnread, list };
}
