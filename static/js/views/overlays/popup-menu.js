/** A menu next to what it is about; on a phone a sheet. */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { placeOf } from "../../dom/platform-keys.js";
import { keepFocus } from "./keep-focus.js";

/** The menu keeps this far (px) from the window's edges. */
const MARGIN = 8;

/**
 * @typedef {object} Entry
 * @property {string} text
 * @property {() => unknown} act
 * @property {string} [code]   the key, by its `placeOf`
 * @property {string} [sign]   the key by what it writes
 * @property {string} [key]   how that key is shown
 * @property {boolean} [isDanger]   destructive, so shown in red
 * @property {string} [above]   a line parts it from the entries above, and names what follows; "": only the line
 *
 * @typedef {(act: () => unknown) => void} Choose   closes the menu first
 */

/**
 * @param {object} options
 * @param {string} options.label
 * @param {Entry[]} options.entries
 * @param {Entry} [options.unseen]   which only its key reaches
 * @param {(choose: Choose) => unknown} [options.head]   a Lit template above the entries
 * @param {DOMRect} options.place   it opens below it, or above where there is no room
 * @param {() => void} options.onClose
 * @returns {HTMLDialogElement}
 */
export function openPopup({ label, entries, unseen, head = () => nothing, place, onClose }) {
  const dialog = document.createElement("dialog");
  dialog.className = "menu";
  dialog.translate = false;
  dialog.setAttribute("aria-label", label);
  /** @type {Choose} */
  const choose = (act) => {
    dialog.close();
    act();
  };
  const view = (/** @type {Entry} */ entry) => entryView(entry, entry === entries[0], choose);
  render(html`<div role="menu" aria-label=${label}>${head(choose)}${entries.map(view)}</div>`, dialog);
  ignoreFirstTap(dialog);
  dialog.addEventListener("keydown", (event) => {
    const entry = [...entries, ...(unseen ? [unseen] : [])].find(
      ({ code, sign }) => (code && code === placeOf(event)) || (sign && sign === event.key),
    );
    if (entry && !event.ctrlKey && !event.metaKey && !event.altKey) choose(entry.act);
    else if (!onMenuKey(event, dialog)) return;
    event.preventDefault();
  });
  dialog.addEventListener("click", ({ target: pressed }) => pressed === dialog && dialog.close());
  dialog.addEventListener("contextmenu", (event) => event.preventDefault());
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose();
  });
  document.body.append(dialog);
  keepFocus(dialog);
  dialog.showModal();
  moveTo(dialog, place);
  return dialog;
}

/** @param {Entry} entry @param {boolean} isFirst @param {Choose} choose */
const entryView = ({ text, act, key, isDanger = false, above }, isFirst, choose) =>
  html`${above === undefined ? nothing : html`<div class="menu-line" role="separator" aria-label=${above || nothing}><bdi>${above}</bdi></div>`}<button type="button" role="menuitem" class="menu-item" ?autofocus=${isFirst} ?data-danger=${isDanger} @click=${() => choose(act)}>
    <span>${text}</span>${key ? html`<kbd aria-hidden="true">${key}</kbd>` : nothing}</button>`;

/** @param {HTMLElement} dialog   under a finger that still rests: when it is lifted, nothing is pressed */
export function ignoreFirstTap(dialog) {
  let isPressed = false;
  dialog.addEventListener("pointerdown", () => {
    isPressed = true;
  });
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (!isPressed && event.detail) event.stopImmediatePropagation(); // a click by a key has no detail
  };
  dialog.addEventListener("click", onClick, { capture: true });
}

/**
 * @param {HTMLElement} dialog
 * @param {DOMRect} place   below it, or above where there is no room; a point is where a line would begin
 */
function moveTo(dialog, place) {
  const { width, height } = dialog.getBoundingClientRect();
  const isRightToLeft = getComputedStyle(dialog).direction === "rtl";
  const below = place.bottom + height + MARGIN <= innerHeight;
  const top = below ? place.bottom : Math.max(MARGIN, place.top - height);
  const isPoint = !place.width;
  const left = isRightToLeft === isPoint ? place.right - width : place.left;
  const within = (/** @type {number} */ at, /** @type {number} */ room) =>
    Math.max(MARGIN, Math.min(at, room - MARGIN));
  dialog.style.setProperty("--menu-top", `${within(top, innerHeight - height)}px`);
  dialog.style.setProperty("--menu-left", `${within(left, innerWidth - width)}px`);
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLDialogElement} dialog
 * @returns {boolean} whether it was a key that moves in the menu
 */
function onMenuKey({ key }, dialog) {
  const all = /** @type {HTMLElement[]} */ ([...dialog.querySelectorAll(".menu-emoji, .menu-item")]);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const first = all.findIndex((each) => each.matches(".menu-item"));
  const isQuick = at < first;
  const isTop = at === first && first > 0;
  /** @type {Record<string, number>} */
  const moves = {
    ArrowDown: isQuick ? first : (at + 1) % all.length,
    ArrowUp: isQuick ? -1 : isTop ? 0 : at - 1,
    Home: 0,
    End: -1,
    ...(isQuick && { ArrowRight: Math.min(at + 1, first - 1), ArrowLeft: Math.max(at - 1, 0) }),
  };
  if (key === "Tab") dialog.close();
  else if (key in moves) all.at(moves[key])?.focus();
  else return false;
  return true;
}
