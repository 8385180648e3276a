/**
 * Who is online: oneself first, then by name; a part at a time, and the rest found by asking.
 *
 * @import {Chat} from "../chat.js"
 * @import {Person, State} from "../types.js"
 */
import { html, nothing, render, repeat } from "../../vendor/vendor.js";
import { compare, language, number, t } from "../i18n.js";
import { avatar } from "./message.js";

const PAGE = 200;
const ASK_AFTER = 200;
const AGAIN_AFTER = 5000; // ms from the last answer: in a crowd people come and go all the time

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

/** @typedef {{people: Person[], next: number | null}} Found   what the server found, and where more of it begins */

/** @type {Found} */
const NOBODY = { people: [], next: 0 };

/**
 * @param {Chat} chat
 * @param {HTMLElement} root
 */
export function peopleView(chat, root) {
  let query = "";
  let failed = false;
  /** @type {Found | null} null: what is known is everyone */
  let found = null;
  let turn = 0; // of asking: an answer that comes when it is over is out of date
  /** @type {Person[] | null} */
  let drawn = null;
  let drawnFor = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let asking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let askingAgain;

  /**
   * @param {Found} start   what was found before
   * @param {number} wanted   so many at least, if there are
   * @param {() => boolean} isOver
   * @returns {Promise<Found | null>} null: it failed, or is over
   */
  async function findMore(start, wanted, isOver) {
    let { people, next } = start;
    while (next !== null && people.length < wanted) {
      const answer = await chat.findPeople(query.trim(), next).catch(() => null);
      if (!answer || isOver()) return null;
      people = [...people, ...answer.people];
      next = answer.next;
    }
    return { people, next };
  }

  /** @param {Found} start @param {number} wanted */
  async function ask(start, wanted) {
    turn += 1;
    const mine = turn;
    const now = await findMore(start, wanted, () => turn !== mine);
    if (turn !== mine) return;
    failed = !now;
    found = now ?? found;
    draw(chat.state, true);
  }

  /** Somebody came, went or changed their name: what the server found may have changed, too. */
  function askAgainSoon() {
    if (askingAgain) return;
    askingAgain = setTimeout(async () => {
      await askAgain();
      askingAgain = undefined;
    }, AGAIN_AFTER);
  }

  /** Find as many as are shown. What was found stays as it is when no answer comes. */
  async function askAgain() {
    const [mine, before] = [turn, found];
    if (!before) return;
    const now = await findMore(NOBODY, before.people.length, () => turn !== mine);
    if (!now || found !== before) return;
    failed = false;
    found = now;
    draw(chat.state, true);
  }

  /** @param {Event} event */
  function search({ target }) {
    query = /** @type {HTMLInputElement} */ (target).value;
    found = null;
    failed = false;
    turn += 1;
    clearTimeout(asking);
    const { people, count } = chat.state.online;
    if (count > people.length && query.trim()) asking = setTimeout(() => void ask(NOBODY, 1), ASK_AFTER);
    draw(chat.state, true);
  }

  /** From the first one on, where only those are known who came with the welcome and since: they aren't in order. */
  const more = () => void (found ? ask(found, found.people.length + 1) : ask(NOBODY, PAGE + 1));

  /** @param {Person} person @param {string} me */
  const personView = (person, me) => html`
    <li class="person">${avatar(person)}<bdi>${person.name}</bdi>${person.id === me ? html`<span class="person-you">(${t("people-you")})</span>` : nothing}</li>`;

  /** @param {State} state @param {boolean} [forced] */
  function draw({ online, me }, forced = false) {
    const known = `${online.count}${language()}${me?.id}`;
    if (!forced && drawn === online.people && drawnFor === known) return;
    if (!forced && found) askAgainSoon();
    drawn = online.people;
    drawnFor = known;
    const shown = inOrder(found ? found.people : matching(online.people, query), me?.id ?? "");
    const first = found || query ? shown : shown.slice(0, PAGE);
    const rest = found ? found.next !== null : !query && online.count > first.length;
    render(
      html`
      <div class="people-head" ?hidden=${!online.count}>
        <h2 class="people-title">${t("people-title-count", { count: number(online.count) })}</h2>
        <input class="people-find" type="search" dir="auto" autocomplete="off" placeholder=${t("people-find")} aria-label=${t("people-find-label")}
          .value=${query} @input=${search}>
      </div>
      <ul class="people-list" tabindex="0" aria-label=${t("people-title")}>
        ${repeat(
          first,
          ({ id }) => id,
          (person) => personView(person, me?.id ?? ""),
        )}
        ${first.length || !query ? nothing : html`<li class="people-more">${t("people-none")}</li>`}
        ${failed ? html`<li class="people-more">${t("people-failed")}</li>` : nothing}
        ${rest ? html`<li class="people-more"><button class="button-text" type="button" @click=${more}>${t("people-more")}</button></li>` : nothing}
      </ul>`,
      root,
    );
    root.setAttribute("aria-label", t("people-title"));
  }

  return { draw };
}
