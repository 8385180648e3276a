/**
 * Completes `@имя` while it is being written: a list of people above the field.
 *
 * @import {Chat} from "../chat.js"
 * @import {Person} from "../types.js"
 */
import { html, nothing, render } from "../../vendor/vendor.js";
import { t } from "../i18n.js";
import { avatar } from "./message.js";
import { inOrder, matching } from "./people.js";

const SHOWN = 6;
const LONGEST_QUERY = 32;

/** @param {string} text @param {number} caret @returns {{from: number, query: string} | null} the name being written */
export function queryAt(text, caret) {
  const from = text.lastIndexOf("@", caret - 1);
  if (from < 0 || (from > 0 && !/[\s(,.«"]/u.test(text[from - 1]))) return null;
  const query = text.slice(from + 1, caret);
  return query.length <= LONGEST_QUERY && !/[\n@]|\s\s|\s$/u.test(query) ? { from, query } : null;
}

/** @param {Person[]} people @param {string} query @param {string} me @returns {Person[]} those whose name begins so, then the rest */
export function candidates(people, query, me) {
  const others = inOrder(
    people.filter(({ id }) => id !== me),
    me,
  );
  const wanted = query.toLocaleLowerCase();
  const begins = (/** @type {Person} */ { name }) => name.toLocaleLowerCase().startsWith(wanted);
  const found = matching(others, query);
  return [...found.filter(begins), ...found.filter((person) => !begins(person))].slice(0, SHOWN);
}

/** @param {Chat} chat @param {HTMLTextAreaElement} field */
export function offerMentions(chat, field) {
  const place = document.createElement("div");
  place.className = "mentions-place";
  field.before(place);
  /** @type {Person[]} */
  let found = [];
  let chosen = 0;
  let from = 0;

  function close() {
    found = [];
    draw();
  }

  /** @param {Person} person */
  function pick(person) {
    const caret = field.selectionStart;
    field.setRangeText(`@${person.name} `, from, caret, "end");
    close();
    field.focus();
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  function draw() {
    const option = (/** @type {Person} */ person, /** @type {number} */ i) => html`
      <li id=${`mention-${i}`} role="option" aria-selected=${i === chosen} @pointerdown=${(
        /** @type {Event} */ event,
      ) => {
        event.preventDefault();
        pick(person);
      }}>${avatar(person)}<bdi>${person.name}</bdi></li>`;
    render(
      found.length
        ? html`<ul class="mentions" id="mentions" role="listbox" aria-label=${t("mentions-label")}>${found.map(option)}</ul>`
        : nothing,
      place,
    );
    if (!found.length) {
      field.removeAttribute("aria-controls");
      field.removeAttribute("aria-activedescendant");
      return;
    }
    field.setAttribute("aria-controls", "mentions");
    field.setAttribute("aria-activedescendant", `mention-${chosen}`);
    document.getElementById(`mention-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }

  function look() {
    const query =
      field.selectionStart === field.selectionEnd ? queryAt(field.value, field.selectionStart) : null;
    found = query ? candidates(chat.state.online.people, query.query, chat.state.me?.id ?? "") : [];
    from = query?.from ?? 0;
    chosen = 0;
    draw();
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowDown: () => (chosen = (chosen + 1) % found.length),
    ArrowUp: () => (chosen = (chosen + found.length - 1) % found.length),
    Enter: () => pick(found[chosen]),
    Tab: () => pick(found[chosen]),
    Escape: close,
  };

  field.setAttribute("aria-autocomplete", "list");
  field.addEventListener("input", look);
  field.addEventListener("blur", close);
  field.addEventListener(
    "keydown",
    (event) => {
      if (!found.length || event.isComposing || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
      draw();
    },
    { capture: true },
  );
  look();
}
