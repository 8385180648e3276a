/**
 * The lines between messages: days, unread messages, greeting, presence, missing messages; and the lines above
 * the oldest message and below the newest.
 *
 * @import {Item, Loading, MessageItem, PresenceChange, State} from "../../types.js"
 * @import {Reader} from "./message.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { MAIN_ROOM } from "../../base-path.js";
import { day, dayKey, isolate, language, list, number, t } from "../../i18n/i18n.js";
import { tombstoneEnd } from "../../state/changes.js";
import { prefs } from "../../storage/prefs.js";

/** People named in one line; the others are counted. */
const NAMES_SHOWN = 3;

/** @param {string[]} names @returns {string} «Анна и Борис», «Анна, Борис, Вера и ещё 5» */
function listed(names) {
  const rest = names.length - NAMES_SHOWN;
  if (rest <= 0) return list(names);
  return t("and-more", { names: names.slice(0, NAMES_SHOWN).map(isolate).join(", "), count: number(rest) });
}

/**
 * @param {PresenceChange[]} changes
 * @returns {{joined: string[], left: string[]}} names, after all changes
 */
export function netOf(changes) {
  /** @type {Map<string, {first: string, last: string, name: string}>} */
  const seen = new Map();
  for (const { what, person } of changes) {
    if (what === "renamed") continue;
    seen.set(person.id, { first: seen.get(person.id)?.first ?? what, last: what, name: person.name });
  }
  const net = [...seen.values()].filter(({ first, last }) => first === last);
  const namesOf = (/** @type {string} */ what) =>
    net.filter(({ last }) => last === what).map(({ name }) => name);
  return { joined: namesOf("joined"), left: namesOf("left") };
}

/** @param {"joined" | "left"} what @param {string[]} names @returns {string[]} one line or none */
function presenceText(what, names) {
  if (!names.length) return [];
  return [t(names.length === 1 ? `${what}-one` : what, { names: listed(names) })];
}

/** @param {PresenceChange[]} changes @returns {string[]} lines, as set in the settings */
function presenceLines(changes) {
  const wanted = prefs().presence;
  if (wanted === "hide") return [];
  const renames = changes
    .filter(({ what, was }) => what === "renamed" && was)
    .map(({ person, was = "" }) => t("renamed", { was: isolate(was), names: isolate(person.name) }));
  if (wanted === "condense") {
    const { joined, left } = netOf(changes);
    const lines = [...presenceText("joined", joined), ...presenceText("left", left), ...renames];
    return lines.length ? [lines.join(" · ")] : [];
  }
  const each = changes.flatMap(({ what, person }) =>
    what === "renamed" ? [] : presenceText(what, [person.name]),
  );
  return [...each, ...renames];
}

/** @param {string} text @param {() => void} onClick */
const linkView = (text, onClick) =>
  html`<button class="button-text" type="button" @click=${onClick}>${text}</button>`;

/** @param {Exclude<Item, MessageItem>} item @param {() => void} loadOlder @param {Reader["parts"]} parts */
export function noteView(item, loadOlder, parts) {
  switch (item.kind) {
    case "greeting": {
      const text = language() === "ru" && item.text ? item.text : t("greeting");
      return html`<p class="line line-greeting" data-key=${item.key}>${text}</p>`;
    }
    case "lost":
      return html`<p class="line" data-key=${item.key}>${t(item.cleared ? "lost-cleared" : "lost")}</p>`;
    case "gap":
      return html`<p class="line" data-key=${item.key}>${t("gap")} · ${linkView(t("gap-load"), loadOlder)}</p>`;
    case "rules":
      return parts?.rulesView(item);
    default:
      return presenceLines(item.changes).map(
        (text) => html`<p class="line" data-key=${item.key}>${text}</p>`,
      );
  }
}

/** @param {State} state @param {Item["kind"]} wanted */
const has = ({ timeline }, wanted) =>
  timeline.chunks.some(({ items }) => items.some(({ kind }) => kind === wanted));

/** @param {State} state */
const hasMessages = ({ timeline }) =>
  timeline.chunks.some(({ items }) =>
    items.some((item) => item.kind === "message" && tombstoneEnd(item) > Date.now()),
  );

/**
 * @param {Loading} status
 * @param {() => void} load
 * @returns {unknown} a line about more messages that are on their way, or aren't to be had; null: neither
 */
function loadingView(status, load) {
  if (status === "loading") {
    return html`<p class="line" data-edge="loading"><span class="spinner"></span>${t("history-loading")}</p>`;
  }
  if (status === "idle") return null;
  return html`<p class="line" data-edge="failed">${t("history-failed")} · ${linkView(t("again"), load)}</p>`;
}

/** @param {State} state @param {() => void} loadOlder @returns {unknown} the line above the oldest message */
export function topView(state, loadOlder) {
  const { history, timeline, connection } = state;
  const isStart = timeline.start && connection.joinedBefore && hasMessages(state);
  const start = isStart
    ? html`<p class="line" data-edge="start">${t("history-start")}</p>`
    : html`<p class="line"></p>`;
  return loadingView(history.older, loadOlder) ?? start;
}

/**
 * @param {State} state
 * @param {() => void} loadNewer
 * @returns {unknown} the line below a part of the room that isn't its end, where there is something to say
 */
export function bottomView({ history, timeline, posts }, loadNewer) {
  if (timeline.atHead) return nothing; // also while an answer is on its way that is outdated by now
  const between = posts.length ? html`<p class="line" data-edge="between">${t("gap")}</p>` : nothing;
  return loadingView(history.newer, loadNewer) ?? between;
}

/** @param {State} state @param {() => void} invite @returns {unknown} shown in an empty room */
export function emptyView(state, invite) {
  const isEmpty = state.connection.phase === "online" && !state.posts.length && !hasMessages(state);
  const isErased = has(state, "message"); // so long ago that nothing of it is shown
  if (!isEmpty || (isErased && !state.timeline.start)) return nothing;
  const title = state.room === MAIN_ROOM ? t("empty") : state.room;
  const isAlone = state.online.count < 2;
  const quiet = isErased || has(state, "lost") ? "" : t("empty-quiet"); // for the latter the line below says that there was something
  return html`
    <div class="empty">
      <p class="empty-title"><bdi>${title}</bdi></p>
      ${isAlone || quiet ? html`<p>${isAlone ? t("empty-alone") : quiet}</p>` : nothing}
      ${isAlone ? html`<button class="button button-plain" type="button" @click=${invite}>${t("invite")}</button>` : nothing}
    </div>`;
}

/**
 * @param {MessageItem | null} previous
 * @param {Date} date
 * @returns {unknown} the line above the first message of a day
 */
export function dayView(previous, date) {
  if (previous && dayKey(new Date(previous.time)) === dayKey(date)) return nothing;
  return dividerView(day(date, new Date()));
}

/** @param {string} text */
const dividerView = (text) =>
  html`<p class="divider" role="separator" aria-label=${text}><span>${text}</span></p>`;

/** @param {number} above   of the unread messages, those that lie above all that is in the page */
export function newView(above) {
  const text = above ? t("unread-above", { n: above, count: number(above) }) : t("new-messages");
  return html`<p class="divider divider-new" id="new" role="separator" aria-label=${text}><span>${text}</span></p>`;
}
