/**
 * Completes `@имя` while it is typed: a list of people, and of programs that have written, above the field.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {MessageItem, Person, Timeline} from "../../types.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { write } from "../../dom/insert-text.js";
import { isComposing } from "../../dom/platform-keys.js";
import { t } from "../../i18n/i18n.js";
import { charBefore, fold, isWord } from "../../text/fold.js";
import { inOrder, matching } from "../people/people-list.js";
import { PeopleSearch } from "../people/people-search.js";
import { avatar } from "../people/person-marks.js";

const SHOWN = 6;
/** In characters, as the server counts those of a name. */
const LONGEST_QUERY = 32;

/** @typedef {Person & Pick<MessageItem, "hook">} Candidate   somebody, or a program, which a mention may call */
/** @typedef {{from: number, text: string}} Query   the text after the `@`, which is at `from` */

/** @param {string} text @param {number} caret @returns {Query | null} the name being typed */
export function queryAt(text, caret) {
  const from = caret ? text.lastIndexOf("@", caret - 1) : -1;
  if (from < 0 || isWord(charBefore(text, from))) return null;
  const query = text.slice(from + 1, caret);
  return [...query].length <= LONGEST_QUERY && !/[\n@]|\s\s|\s$/u.test(query) ? { from, text: query } : null;
}

/** @param {Timeline} timeline @returns {Candidate[]} the hooks that have written what is in the page */
export function hooksIn({ chunks }) {
  /** @type {Map<string, Candidate>} */
  const found = new Map();
  for (const { items } of chunks) {
    for (const item of items) {
      if (item.kind !== "message" || !item.hook) continue;
      const { id = "", name } = item.from;
      found.set(fold(name), { id, name, hook: true });
    }
  }
  return [...found.values()];
}

/**
 * @param {Candidate[]} people
 * @param {string} query
 * @param {string} me   left out
 * @returns {Candidate[]} people whose name contains the query; first the names that begin with it
 */
export function candidates(people, query, me) {
  const others = people.filter(({ id }) => id !== me);
  const wanted = fold(query);
  const begins = (/** @type {Candidate} */ { name }) => fold(name).startsWith(wanted);
  const found = matching(inOrder(others, me), query);
  return [...found.filter(begins), ...found.filter((person) => !begins(person))].slice(0, SHOWN);
}

/**
 * A press takes no focus from the field, which would close the list: also one that scrolls it, or opens a
 * menu of the browser's.
 *
 * @param {Event} event
 */
const stayInField = (event) => event.preventDefault();

/** While the list is open, it handles some keys of the field. */
export class MentionList {
  #root = document.createElement("div");
  #chat;
  #field;
  /** @type {Candidate[]} empty: the list is closed */
  #found = [];
  #chosen = 0;
  #from = 0;
  /** The name being typed; null: none, or the list was closed. @type {string | null} */
  #query = null;
  /**
   * Whom the server has found since the list opened: they stay in it while the next answer is on its way.
   *
   * @type {Map<string, Person>} by id
   */
  #met = new Map();
  /** The hooks in the page when the list opened. @type {Candidate[]} */
  #hooks = [];
  #search;

  /** @type {Record<string, () => void>} */
  #keys = {
    ArrowDown: () => this.#choose(this.#chosen + 1),
    ArrowUp: () => this.#choose(this.#chosen - 1),
    Enter: () => this.#pick(this.#found[this.#chosen]),
    Tab: () => this.#pick(this.#found[this.#chosen]),
    Escape: () => this.#close(),
  };

  /** @param {Chat} chat @param {HTMLTextAreaElement} field */
  constructor(chat, field) {
    this.#chat = chat;
    this.#field = field;
    this.#search = new PeopleSearch(chat, () => this.#onAnswer());
    this.#root.className = "mentions-place";
    field.before(this.#root);
    field.setAttribute("aria-autocomplete", "list");
    field.addEventListener("input", () => this.update());
    field.addEventListener("blur", () => this.#close());
    document.addEventListener("selectionchange", () => this.#follow());
    field.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
  }

  /** Finds people for the name at the caret. */
  update() {
    const { selectionStart, selectionEnd, value } = this.#field;
    const query = selectionStart === selectionEnd ? queryAt(value, selectionStart) : null;
    if (!query) return this.#close();
    if (this.#query === null) this.#hooks = hooksIn(this.#chat.state.timeline);
    this.#from = query.from;
    this.#query = query.text;
    if (query.text !== this.#search.query) this.#search.start(query.text);
    this.#offer();
  }

  /** The caret was moved without a change of the text: what stands there now isn't being typed. */
  #follow() {
    if (this.#query === null) return;
    const { selectionStart, selectionEnd, value } = this.#field;
    const isThere = value.slice(this.#from, selectionStart) === `@${this.#query}`;
    if (!isThere || selectionStart !== selectionEnd) this.#close();
  }

  #onAnswer() {
    const { query, found } = this.#search;
    if (!found) return;
    // Whom a whole answer leaves out has left, or has another name.
    if (found.next === null)
      for (const { id } of matching([...this.#met.values()], query)) this.#met.delete(id);
    for (const person of found.people) this.#met.set(person.id, person);
    this.#follow(); // the field may have been emptied meanwhile
    this.#offer(this.#found[this.#chosen]);
  }

  /** @param {Candidate} [chosen]   stays so; without one, it is the first */
  #offer(chosen) {
    if (this.#query === null) return;
    const { online, me } = this.#chat.state;
    // In a crowd the page has only some of the people; the server finds the others.
    const people = new Map(this.#met);
    for (const person of online.people) people.set(person.id, person);
    this.#show(candidates([...people.values(), ...this.#hooks], this.#query, me?.id ?? ""), chosen);
  }

  #close() {
    this.#query = null;
    this.#met.clear();
    this.#search.start("");
    this.#show([]);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const act = this.#keys[key];
    if (!this.#found.length || isComposing(event) || !act || shiftKey || ctrlKey || metaKey || altKey) return;
    if (key === "Enter" && this.#isWritten) return this.#close(); // it sends
    event.preventDefault();
    act();
  }

  /** Whether the whole name of the chosen person stands at the caret already. */
  get #isWritten() {
    const written = this.#field.value.slice(this.#from + 1, this.#field.selectionStart);
    return fold(written) === fold(this.#found[this.#chosen].name);
  }

  /** @param {Candidate[]} found @param {Candidate} [chosen] */
  #show(found, chosen) {
    if (!found.length && !this.#found.length) return;
    this.#found = found;
    this.#choose(
      Math.max(
        0,
        found.findIndex(({ id }) => id === chosen?.id),
      ),
    );
  }

  /** @param {number} index   wraps around at the ends */
  #choose(index) {
    const { length } = this.#found;
    this.#chosen = length ? (index + length) % length : 0;
    this.#draw();
  }

  /** @param {Candidate} person */
  #pick(person) {
    // This closes the list: after a space there is nothing to complete.
    write(this.#field, `@${person.name} `, this.#from, this.#field.selectionStart);
  }

  #draw() {
    const isOpen = this.#found.length > 0;
    render(isOpen ? this.#listView() : nothing, this.#root);
    if (!isOpen) {
      this.#field.removeAttribute("aria-controls");
      this.#field.removeAttribute("aria-activedescendant");
      return;
    }
    const chosen = `mention-${this.#chosen}`;
    this.#field.setAttribute("aria-controls", "mentions");
    this.#field.setAttribute("aria-activedescendant", chosen);
    document.getElementById(chosen)?.scrollIntoView({ block: "nearest" });
  }

  #listView() {
    const option = (/** @type {Candidate} */ person, /** @type {number} */ i) => html`
        <li id=${`mention-${i}`} role="option" aria-selected=${i === this.#chosen} @click=${() => this.#pick(person)}>
          ${avatar(person, person.hook)}<bdi>${person.name}</bdi>${person.hook ? html`<span class="outside">${t("outside")}</span>` : nothing}</li>`;
    return html`<ul class="mentions" id="mentions" role="listbox" aria-label=${t("mentions-label")} @mousedown=${stayInField}>${this.#found.map(option)}</ul>`;
  }
}
