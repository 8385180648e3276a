/**
 * The people online: the reader first, then the others by name. Of a crowd, the first part is shown; more is
 * requested from the server.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Person, State} from "../../types.js"
 */
import { html, nothing, render, repeat } from "../../../vendor/vendor.js";
import { compare, isolate, language, t } from "../../i18n/i18n.js";
import { moderatorExtras, use, useOrTell } from "../../lazy-modules.js";
import { isModerator } from "../../state/rules.js";
import { fold } from "../../text/fold.js";
import { DOTS } from "../icon.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";
import { PAGE, PeopleSearch } from "./people-search.js";
import { avatar, markView } from "./person-marks.js";

/** With fewer people a search finds nothing that isn't seen. */
const SEARCH_FROM = 10;
/** What the arrow keys lead to. */
const STOPS = ".person-name, .people-more > button";

/**
 * @param {Person[]} people
 * @param {string} me
 * @returns {Person[]} the reader first, then the others by name
 */
export function inOrder(people, me) {
  const self = people.filter(({ id }) => id === me);
  const others = people.filter(({ id }) => id !== me);
  return [...self, ...others.sort((a, b) => compare(a.name, b.name))];
}

/** @param {Person[]} people @param {string} query */
export function matching(people, query) {
  const wanted = fold(query.trim());
  return wanted ? people.filter(({ name }) => fold(name).includes(wanted)) : people;
}

/** @param {Person} person @param {State} state */
function personView(person, { me, role }) {
  const { id, name } = person;
  const isMe = id === me?.id;
  const isMarked = isModerator(person);
  const you = isMe ? html`<span class="person-you">(${t("people-you")})</span>` : nothing;
  const more = isModerator({ role }) && !isMe && !isMarked ? moreView(name) : nothing;
  return html`<li class="person" data-id=${isMe ? nothing : id} title=${isMe ? nothing : t("action-mention")}>${avatar(person)}${isMe ? html`<bdi>${name}</bdi>` : nameView(name)}${isMarked ? markView() : nothing}${you}${more}</li>`;
}

/** @param {string} name   of somebody else, whom a press mentions; the arrow keys lead to it */
const nameView = (name) =>
  html`<button class="person-name" type="button" tabindex="-1" title=${t("action-mention")}><bdi>${name}</bdi></button>`;

/** @param {string} name */
function moreView(name) {
  const label = t("person-actions", { name: isolate(name) });
  return html`<button class="button-icon person-more" type="button" aria-haspopup="menu" aria-label=${label} title=${t("person-actions-title")}>${DOTS}</button>`;
}

/** @param {unknown} content */
const extraLine = (content) => html`<li class="people-more">${content}</li>`;

/** @typedef {{id: string, name: string, more: HTMLElement | null}} Row   somebody else's; `more` opens a menu */

/** @param {Element} target @returns {Row | null} */
function rowAt(target) {
  const row = target.closest("[data-id]");
  const name = row?.querySelector("bdi")?.textContent;
  return row && name
    ? { id: row.getAttribute("data-id") ?? "", name, more: row.querySelector(".person-more") }
    : null;
}

export class PeopleList {
  #chat;
  #root;
  #search;
  #mention;
  /** @type {Person[]} the people that were drawn last */
  #drawn = [];
  #drawnFor = "";
  #hearsLongPress = false;
  #wasAway = false;
  /** The search has changed since the last draw. */
  #isSearchNew = false;

  /**
   * @param {Chat} chat
   * @param {HTMLElement} root
   * @param {(name: string) => void} mention   writes somebody's name into the field
   */
  constructor(chat, root, mention) {
    this.#chat = chat;
    this.#root = root;
    this.#mention = mention;
    for (const type of /** @type {const} */ (["click", "contextmenu"]))
      root.addEventListener(type, (event) => this.#onPress(event));
    root.addEventListener("keydown", (event) => this.#onKey(event));
    this.#search = new PeopleSearch(chat, () => this.#onChange());
  }

  /** Arrows lead from name to name, and to what loads more. @param {KeyboardEvent} event */
  #onKey(event) {
    const target = /** @type {Element} */ (event.target);
    if (!target.closest(".people-list") || event.ctrlKey || event.altKey || event.metaKey) return;
    const stops = /** @type {HTMLElement[]} */ ([...this.#root.querySelectorAll(STOPS)]);
    const at = stops.findIndex((stop) => stop.parentElement?.contains(target));
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: at + 1, ArrowUp: Math.max(at - 1, 0), Home: 0, End: stops.length - 1 };
    if (!(event.key in moves)) return;
    stops[moves[event.key]]?.focus();
    event.preventDefault();
  }

  /** @param {MouseEvent & {pointerType?: string}} event */
  #onPress(event) {
    const target = /** @type {Element} */ (event.target);
    const row = rowAt(target);
    if (!row) return;
    const isAsked = event.type === "contextmenu" && !event.shiftKey; // with Shift it is the browser's own menu
    if (row.more && (isAsked || row.more.contains(target))) {
      event.preventDefault();
      const isByButton = event.button === 2; // a mouse's or a pen's
      if (isAsked && !isByButton && /touch|pen/.test(event.pointerType ?? "")) return; // the long press itself opens it
      this.#openMenu(row, isAsked && isByButton ? event : undefined);
    } else if (event.type === "click" && event.detail < 2) this.#mention(row.name);
  }

  /**
   * @param {Row} row
   * @param {{clientX: number, clientY: number}} [point]   what the menu opens next to, instead of the button
   */
  #openMenu({ id, name, more }, point) {
    const place = point && new DOMRect(point.clientX, point.clientY);
    if (more)
      useOrTell(moderatorExtras.personMenu, ({ openPersonMenu }) =>
        openPersonMenu(this.#chat, { id, name }, more, this.#mention, place),
      );
  }

  /** Only moderators have such a menu. */
  #hearLongPress() {
    this.#hearsLongPress = true;
    const begin = (/** @type {PointerEvent} */ event) => {
      const row = rowAt(/** @type {Element} */ (event.target));
      return row?.more ? () => this.#openMenu(row, event) : null;
    };
    use(moderatorExtras.longPress, ({ onLongPress }) => onLongPress(this.#root, begin));
  }

  /** @param {State} state */
  draw(state) {
    const { online, me, connection, role } = state;
    const isAway = connection.phase !== "online";
    const drawnFor = `${online.count}${language()}${me?.id}${isAway}${role}`;
    const isRoomNew = this.#drawn !== online.people || this.#drawnFor !== drawnFor;
    if (!isRoomNew && !this.#isSearchNew) return;
    if (isRoomNew) this.#search.refreshSoon();
    if (this.#wasAway && !isAway) this.#search.retry();
    this.#wasAway = isAway;
    if (isModerator({ role }) && !this.#hearsLongPress) this.#hearLongPress();
    this.#drawn = online.people;
    this.#drawnFor = drawnFor;
    this.#isSearchNew = false;
    this.#root.setAttribute("aria-label", t("people-title"));
    this.#root.toggleAttribute("data-away", isAway);
    drawKeepingFocus(
      this.#root,
      () => render([this.#headView(online.count, isAway), this.#listView(state)], this.#root),
      () => this.#root.querySelector(".people-list"), // whoever had the focus has left
    );
  }

  #onChange() {
    this.#isSearchNew = true;
    this.draw(this.#chat.state);
  }

  /** @param {Event} event */
  #onInput({ target }) {
    this.#search.start(/** @type {HTMLInputElement} */ (target).value);
    this.#onChange();
  }

  /** @param {number} count @param {boolean} isAway   the list is from before the connection was lost */
  #headView(count, isAway) {
    const hasSearch = count >= SEARCH_FROM || this.#search.query;
    return html`
      <div class="people-head" ?hidden=${!count}>
        <h2 class="people-title">${isAway ? t("people-were") : t("people-title")}</h2>
        <input class="people-find" ?hidden=${!hasSearch} type="search" dir="auto" autocomplete="off" placeholder=${t("people-find")} aria-label=${t("people-find")}
          .value=${this.#search.query} @input=${(/** @type {Event} */ event) => this.#onInput(event)}>
      </div>`;
  }

  /** @param {State} state */
  #listView(state) {
    const { people, count } = state.online;
    const me = state.me?.id ?? "";
    const { found, query, failed, isDone } = this.#search;
    const all = inOrder(found ? found.people : matching(people, query), me);
    const shown = found || query ? all : all.slice(0, PAGE);
    const hasMore = found ? found.next !== null : !query && count > shown.length;
    const more = () =>
      html`<button class="button-text" type="button" @click=${() => this.#search.more()}>${t("people-more")}</button>`;
    const none = query && isDone && !shown.length ? t("people-none") : "";
    const outcome = failed ? t("people-failed") : none;
    return html`
      <ul class="people-list" tabindex="0" aria-label=${t("people-title")}>
        ${repeat(
          shown,
          ({ id }) => id,
          (person) => personView(person, state),
        )}
        ${outcome ? extraLine(outcome) : nothing}
        ${hasMore ? extraLine(more()) : nothing}
      </ul>
      <p class="visually-hidden" role="status">${outcome}</p>`;
  }
}
