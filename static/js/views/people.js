/**
 * Who is online: oneself first, then by name; a part at a time, and the rest found by asking.
 *
 * @import {Chat} from "../chat.js"
 * @import {Person, State} from "../types.js"
 */
import { html, nothing, render, repeat } from "../../vendor/vendor.js";
import { compare, language, number, t } from "../words.js";
import { avatar } from "./message.js";

const PAGE = 200;
const ASK_AFTER = 200;

/** @param {Person[]} people @param {string} me @returns {Person[]} oneself first, then as the language orders names */
export function inOrder(people, me) {
  const self = people.filter(({ id }) => id === me);
  const others = people.filter(({ id }) => id !== me);
  return [...self, ...others.sort((a, b) => compare(a.name, b.name))];
}

/** @param {Person[]} people @param {string} query */
export function matching(people, query) {
  const wanted = query.trim().toLocaleLowerCase();
  return wanted ? people.filter(({ name }) => name.toLocaleLowerCase().includes(wanted)) : people;
}

/**
 * @param {Chat} chat
 * @param {HTMLElement} root
 */
export function peopleView(chat, root) {
  let query = "";
  let failed = false;
  /** @type {{people: Person[], next: number | null} | null} what the server found; null: what is known is everyone */
  let found = null;
  /** @type {Person[] | null} */
  let drawn = null;
  let drawnFor = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let asking;

  /** @param {number} offset */
  async function ask(offset) {
    const asked = query;
    const answer = await chat.find(asked.trim(), offset).catch(() => null);
    if (asked !== query) return;
    failed = !answer;
    if (answer) found = { people: offset ? [...(found?.people ?? []), ...answer.people] : answer.people, next: answer.next };
    draw(chat.state, true);
  }

  /** @param {Event} event */
  function search({ target }) {
    query = /** @type {HTMLInputElement} */ (target).value;
    found = null;
    clearTimeout(asking);
    const { people, count } = chat.state.online;
    if (count > people.length && query.trim()) asking = setTimeout(() => void ask(0), ASK_AFTER);
    draw(chat.state, true);
  }

  function more() {
    const { people } = chat.state.online;
    found ??= { people: matching(people, query), next: people.length };
    void ask(found.next ?? 0);
  }

  /** @param {Person} person @param {string} me */
  const personView = (person, me) => html`
    <li class="person">${avatar(person)}<bdi>${person.name}</bdi>${person.id === me ? html`<span class="person-you">(${t("people-you")})</span>` : nothing}</li>`;

  /** @param {State} state @param {boolean} [forced] */
  function draw({ online, me }, forced = false) {
    const known = `${online.count}${language()}${me?.id}`;
    if (!forced && drawn === online.people && drawnFor === known) return;
    drawn = online.people;
    drawnFor = known;
    const shown = inOrder(found ? found.people : matching(online.people, query), me?.id ?? "");
    const first = found || query ? shown : shown.slice(0, PAGE);
    const rest = found ? found.next !== null : !query && online.count > first.length;
    render(html`
      <div class="people-head" ?hidden=${!online.count}>
        <h2 class="people-title">${t("people-title-count", { count: number(online.count) })}</h2>
        <input class="people-find" type="search" dir="auto" autocomplete="off" placeholder=${t("people-find")} aria-label=${t("people-find-label")}
          .value=${query} @input=${search}>
      </div>
      <ul class="people-list" tabindex="0" aria-label=${t("people-title")}>
        ${repeat(first, ({ id }) => id, (person) => personView(person, me?.id ?? ""))}
        ${first.length || !query ? nothing : html`<li class="people-more">${t("people-none")}</li>`}
        ${failed ? html`<li class="people-more">${t("people-failed")}</li>` : nothing}
        ${rest ? html`<li class="people-more"><button class="button-text" type="button" @click=${more}>${t("people-more")}</button></li>` : nothing}
      </ul>`, root);
    root.setAttribute("aria-label", t("people-title"));
  }

  return { draw };
}
