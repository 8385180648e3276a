/**
 * The line with the names of people who are typing.
 *
 * @import {State} from "../../types.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { cutText, list, t } from "../../i18n/i18n.js";
import { TYPING_LASTS } from "../../state/room.js";

/** More people than this aren't named. */
const NAMES_SHOWN = 3;
/** So much of each of several names is shown (characters), so that on a phone there is room for all. */
const NAME_SHOWN = 12;

/** Stands for the names in the sentence about them. */
const NAMES = "\0";

/** @param {string} text   shortened where the line is too short for all of it */
const shortened = (text) => html`<span class="typing-names">${text}</span>`;

/** @param {State} state @param {number} now @returns {unknown} a template */
function typingView({ typing }, now) {
  const people = typing.people.filter(({ at }) => now - at <= TYPING_LASTS);
  if (!people.length) return nothing;
  if (people.length > NAMES_SHOWN) return shortened(t("typing-many"));
  const [before, after] = t("typing", { n: people.length, names: NAMES }).split(NAMES);
  const names = people.map(({ name }) => (people.length > 1 ? cutText(name, NAME_SHOWN) : name));
  return [before, shortened(list(names)), after];
}

export class TypingView {
  #root = /** @type {HTMLElement} */ (document.getElementById("typing"));

  /** @param {State} state */
  draw(state) {
    render(typingView(state, performance.now()), this.#root);
  }
}
