/**
 * A dialog over the page: the browser's own element, which keeps the focus, returns it, and closes on Esc.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {State} from "../../types.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { onLanguage, t } from "../../i18n/i18n.js";
import { isModerator } from "../../state/rules.js";
import { onPrefs } from "../../storage/prefs.js";
import { CROSS, icon } from "../icon.js";
import { keepFocus } from "./keep-focus.js";

/** @type {Map<string, {close(): void}>} */
const open = new Map();

/**
 * @param {object} options
 * @param {string} options.name   of two dialogs with one name, the first is closed
 * @param {() => string} options.title
 * @param {() => unknown} options.body   a Lit template
 * @param {string} [options.kind]   an additional class
 * @param {() => void} [options.onClose]
 */
export function openDialog({ name, title, body, kind = "", onClose }) {
  open.get(name)?.close();
  const dialog = document.createElement("dialog");
  dialog.className = `dialog ${kind}`;
  dialog.dataset.dialog = name;
  dialog.translate = false; // a translation would freeze what changes
  dialog.setAttribute("aria-labelledby", `${name}-title`);
  document.body.append(dialog);

  function draw() {
    render(
      html`
      <div class="dialog-head">
        <h2 class="dialog-title" id=${`${name}-title`}>${title()}</h2>
        <button class="button-icon" type="button" aria-label=${t("close")} @click=${() => dialog.close()}>
          ${icon(CROSS)}</button>
      </div>
      ${body()}
      <div class="toast" role="status"></div>`,
      dialog,
    );
  }

  const handle = { draw, dialog, close: () => dialog.close() };
  open.set(name, handle);
  const ends = [onPrefs(draw), onLanguage(draw)];
  dialog.addEventListener("close", () => {
    for (const end of ends) end();
    if (open.get(name) === handle) open.delete(name); // the event comes later: another one may have taken its place
    dialog.remove();
    onClose?.();
  });
  // A click beside the dialog closes it, but not the end of a selection that began in it.
  let isPressedBeside = false;
  dialog.addEventListener("pointerdown", (event) => {
    isPressedBeside = isBeside(event, dialog);
  });
  dialog.addEventListener("click", (event) => {
    if (isPressedBeside && isBeside(event, dialog)) dialog.close();
  });
  draw();
  keepFocus(dialog);
  dialog.showModal();
  return handle;
}

/** @param {MouseEvent} event @param {HTMLElement} dialog */
function isBeside({ target, clientX, clientY }, dialog) {
  const box = dialog.getBoundingClientRect();
  const isWithin = clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
  return target === dialog && !isWithin;
}

/**
 * @param {Chat} chat
 * @param {HTMLDialogElement} dialog   of a moderator; it is closed when the person is none any more
 */
export function closeWithRole(chat, dialog) {
  const follow = (/** @type {State} */ state) => {
    if (!isModerator(state)) dialog.close();
  };
  dialog.addEventListener("close", chat.listen(follow));
  follow(chat.state); // its code, or an answer, may have been awaited first
}

/**
 * A box to tick, with a sentence about it.
 *
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.label
 * @param {boolean} options.isOn
 * @param {(wanted: boolean, box: HTMLInputElement) => unknown} options.onChange
 * @param {string} [options.hint]
 * @param {boolean} [options.isDisabled]
 */
export const checkView = ({ name, label, isOn, onChange, hint, isDisabled = false }) => html`
  <div class="setting setting-check">
    <label><input type="checkbox" name=${name} .checked=${isOn} ?disabled=${isDisabled} aria-describedby=${hint ? `${name}-hint` : nothing}
      @change=${(/** @type {{target: HTMLInputElement}} */ { target }) => onChange(target.checked, target)}><span>${label}</span></label>
    ${hint ? html`<p class="dialog-hint" id=${`${name}-hint`}>${hint}</p>` : nothing}
  </div>`;
