/**
 * The people online: the reader first, then the others by name. Of a crowd, the first part is shown; more is
 * requested from the server.
 *
 * @import {Chat} from "../chat.js"
 * @import {Person, State} from "../types.js"
 */
import { html, nothing, render, repeat } from "../../vendor/vendor.js";
import { use } from "../extras.js";
import { compare, isolate, language, t } from "../i18n.js";
import { isModerator } from "../rules.js";
import { fold } from "../text/fold.js";
import { markView } from "./mark.js";
import { avatar } from "./message.js";

/** With fewer people a search finds nothing that isn't seen. */
const SEARCH_FROM = 10;
/** Number of people shown at first. */
const PAGE = 200;
/** The search is sent this long after the last key (ms). */
const SEARCH_AFTER = 200;
/**
 * A search is repeated this long after somebody joined or left (ms), which in a crowd happens all the time.
 */
const REFRESH_AFTER = 5_000;

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

/**
 * @typedef {{people: Person[], next: number | null}} Found   next: the offset of more people, null: there are
 *   none
 */

/** @type {Found} */
const NOBODY = { people: [], next: 0 };

/** Searches for people on the server. Answers to an earlier search are dropped. */
class PeopleSearch {
  query = "";
  failed = false;
  /** @type {Found | null} null: nothing was requested */
  found = null;
  #chat;
  #onChange;
  /** Number of the current search. */
  #turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #searchTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #refreshTimer;

  /** @param {Chat} chat @param {() => void} onChange   called after an answer */
  constructor(chat, onChange) {
    this.#chat = chat;
    this.#onChange = onChange;
  }

  /** @param {string} query */
  start(query) {
    this.query = query;
    this.found = null;
    this.failed = false;
    this.#turn += 1;
    clearTimeout(this.#searchTimer);
    const { people, count } = this.#chat.state.online;
    if (count <= people.length || !query.trim()) return;
    this.#searchTimer = setTimeout(() => void this.#search(NOBODY, 1), SEARCH_AFTER);
  }

  /** Requests more people; at first from the beginning, since the people in `welcome` aren't sorted. */
  more() {
    void (this.found
      ? this.#search(this.found, this.found.people.length + 1)
      : this.#search(NOBODY, PAGE + 1));
  }

  /** Somebody joined, left or was renamed: repeats the search. */
  refreshSoon() {
    if (!this.found || this.#refreshTimer) return;
    this.#refreshTimer = setTimeout(async () => {
      await this.#refresh();
      this.#refreshTimer = undefined;
    }, REFRESH_AFTER);
  }

  /** Requests as many people as are shown. Without an answer these stay. */
  async #refresh() {
    const { found } = this;
    if (!found) return;
    const now = await this.#request(NOBODY, found.people.length, this.#turn);
    if (!now || this.found !== found) return;
    this.failed = false;
    this.found = now;
    this.#onChange();
  }

  /** @param {Found} start @param {number} wanted */
  async #search(start, wanted) {
    this.#turn += 1;
    const turn = this.#turn;
    const now = await this.#request(start, wanted, turn);
    if (this.#turn !== turn) return;
    this.failed = !now;
    this.found = now ?? this.found;
    this.#onChange();
  }

  /**
   * @param {Found} start   found before
   * @param {number} wanted   number of people to find
   * @param {number} turn
   * @returns {Promise<Found | null>} null: it failed, or another search was started
   */
  async #request(start, wanted, turn) {
    let { people, next } = start;
    while (next !== null && people.length < wanted) {
      const answer = await this.#chat.findPeople(this.query.trim(), next).catch(() => null);
      if (!answer || this.#turn !== turn) return null;
      people = [...people, ...answer.people];
      next = answer.next;
    }
    return { people, next };
  }
}

/** @param {Person} person @param {State} state */
function personView(person, { me, role }) {
  const { id, name } = person;
  const isMe = id === me?.id;
  const isMarked = isModerator(person);
  const you = isMe ? html`<span class="person-you">(${t("people-you")})</span>` : nothing;
  const more = isModerator({ role }) && !isMe && !isMarked ? moreView(name) : nothing;
  return html`<li class="person" data-id=${isMe ? nothing : id} title=${isMe ? nothing : t("action-mention")}>${avatar(person)}<bdi>${name}</bdi>${isMarked ? markView("") : nothing}${you}${more}</li>`;
}

/** @param {string} name */
function moreView(name) {
  const label = t("person-actions", { name: isolate(name) });
  return html`<button class="button-icon person-more" type="button" aria-haspopup="menu" aria-label=${label} title=${t("person-actions-title")}>
    <svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><circle cx="5" cy="12" r="1.75"></circle><circle cx="12" cy="12" r="1.75"></circle><circle cx="19" cy="12" r="1.75"></circle></svg></button>`;
}

/** @param {unknown} content */
const extraLine = (content) => html`<li class="people-more">${content}</li>`;

export class PeopleView {
  #chat;
  #root;
  #search;
  /** @type {Person[]} the people that were drawn last */
  #drawn = [];
  #drawnFor = "";
  /** The search has changed since the last draw. */
  #isSearchNew = false;

  /** @param {Chat} chat @param {HTMLElement} root @param {(name: string) => void} onPress   somebody's name was pressed */
  constructor(chat, root, onPress) {
    this.#chat = chat;
    this.#root = root;
    root.addEventListener("click", (event) => this.#onPress(event, onPress));
    root.addEventListener("contextmenu", (event) => this.#onPress(event, onPress));
    this.#search = new PeopleSearch(chat, () => this.#onChange());
  }

  /** @param {MouseEvent} event @param {(name: string) => void} onPress */
  #onPress(event, onPress) {
    const target = /** @type {Element} */ (event.target);
    const row = target.closest("[data-id]");
    const name = row?.querySelector("bdi")?.textContent;
    if (!row || !name) return;
    const id = row.getAttribute("data-id") ?? "";
    const more = /** @type {HTMLElement | null} */ (row.querySelector(".person-more"));
    const isMenu = more && (event.type === "contextmenu" || more.contains(target));
    if (isMenu) {
      event.preventDefault();
      use(
        () => import("./person-menu.js"),
        ({ openPersonMenu }) => openPersonMenu(this.#chat, { id, name }, more, onPress),
      );
    } else if (event.type === "click") onPress(name);
  }

  /** @param {State} state */
  draw(state) {
    const { online, me, connection, role } = state;
    const isAway = connection.phase !== "online";
    const drawnFor = `${online.count}${language()}${me?.id}${isAway}${role}`;
    const isRoomNew = this.#drawn !== online.people || this.#drawnFor !== drawnFor;
    if (!isRoomNew && !this.#isSearchNew) return;
    if (isRoomNew) this.#search.refreshSoon();
    this.#drawn = online.people;
    this.#drawnFor = drawnFor;
    this.#isSearchNew = false;
    this.#root.setAttribute("aria-label", t("people-title"));
    this.#root.toggleAttribute("data-away", isAway);
    render([this.#headView(online.count, isAway), this.#listView(state)], this.#root);
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
        <input class="people-find" ?hidden=${!hasSearch} type="search" dir="auto" autocomplete="off" placeholder=${t("people-find")} aria-label=${t("people-find-label")}
          .value=${this.#search.query} @input=${(/** @type {Event} */ event) => this.#onInput(event)}>
      </div>`;
  }

  /** @param {State} state */
  #listView(state) {
    const { people, count } = state.online;
    const me = state.me?.id ?? "";
    const { found, query, failed } = this.#search;
    const all = inOrder(found ? found.people : matching(people, query), me);
    const shown = found || query ? all : all.slice(0, PAGE);
    const hasMore = found ? found.next !== null : !query && count > shown.length;
    const more = () =>
      html`<button class="button-text" type="button" @click=${() => this.#search.more()}>${t("people-more")}</button>`;
    return html`
      <ul class="people-list" tabindex="0" aria-label=${t("people-title")}>
        ${repeat(
          shown,
          ({ id }) => id,
          (person) => personView(person, state),
        )}
        ${query && !shown.length ? extraLine(t("people-none")) : nothing}
        ${failed ? extraLine(t("people-failed")) : nothing}
        ${hasMore ? extraLine(more()) : nothing}
      </ul>`;
  }
}
