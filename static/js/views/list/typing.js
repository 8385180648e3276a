/**
 * The line with the names of people who are typing.
 *
 * @import {State} from "../../types.js"
 */
import { nothing, render } from "../../../vendor/vendor.js";
import { list, t } from "../../i18n/i18n.js";
import { TYPING_LASTS } from "../../state/room.js";

/** More people than this aren't named. */
const NAMES_SHOWN = 3;

/** @param {State} state @param {number} now @returns {string} "": nobody is typing */
function typingText({ typing }, now) {
  const people = typing.people.filter(({ at }) => now - at <= TYPING_LASTS);
  if (!people.length) return "";
  if (people.length > NAMES_SHOWN) return t("typing-many");
  return t("typing", { n: people.length, names: list(people.map(({ name }) => name)) });
}

export class TypingView {
  #root = /** @type {HTMLElement} */ (document.getElementById("typing"));

  /** @param {State} state */
  draw(state) {
    render(typingText(state, performance.now()) || nothing, this.#root);
  }
}
