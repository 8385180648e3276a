/**
 * Shows the address of the room, to copy it, and opens other rooms. Works without the clipboard API, which
 * pages over plain http don't have.
 *
 * @import {Chat} from "../chat.js"
 */
import { html, nothing } from "../../vendor/vendor.js";
import { t } from "../i18n.js";
import { openDialog } from "./dialog.js";

const ROOM = "[\\p{L}\\p{M}\\p{N}_\\-]{1,64}";

/** @param {string} room @returns {string} */
export const addressOf = (room) =>
  `${location.origin}${room === "chat" ? "/" : `/r/${encodeURIComponent(room)}`}`;

/** @param {HTMLInputElement} input @returns {Promise<boolean>} whether it was copied */
async function copy(input) {
  input.select();
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(input.value);
    return navigator.clipboard ? true : document.execCommand("copy");
  } catch {
    return document.execCommand("copy");
  }
}

/** @param {Chat} chat */
export function openShare(chat) {
  let outcome = "";

  async function onCopy() {
    const input = /** @type {HTMLInputElement} */ (handle.dialog.querySelector("#share-address"));
    outcome = (await copy(input)) ? "share-copied" : "share-failed";
    handle.draw();
  }

  /** @param {SubmitEvent} event */
  function go(event) {
    event.preventDefault();
    const room = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("room")).trim();
    if (room) location.assign(addressOf(room));
  }

  const handle = openDialog({
    name: "share",
    title: () => t("share-title"),
    body: () => html`
      <div class="dialog-body">
        <div class="dialog-row">
          <input class="input" id="share-address" readonly aria-label=${t("share-address")} .value=${addressOf(chat.state.room)}
            @focus=${(/** @type {Event} */ { target }) => /** @type {HTMLInputElement} */ (target).select()}>
          <button class="button" type="button" @click=${onCopy}>${t("share-copy")}</button>
        </div>
        <p class="dialog-hint" role="status">${outcome ? t(outcome) : nothing}</p>
        <form class="dialog-field" @submit=${go}>
          <label for="share-room"><span>${t("share-other")}</span></label>
          <div class="dialog-row">
            <input class="input" id="share-room" name="room" dir="auto" required autocomplete="off" pattern=${ROOM} aria-describedby="share-hint">
            <button class="button button-plain" type="submit">${t("share-go")}</button>
          </div>
          <p class="dialog-hint" id="share-hint">${t("share-other-hint")}</p>
        </form>
      </div>`,
  });
}
