/**
 * Shows the address of the room, to copy it, and opens other rooms. Works without the clipboard API, which
 * pages over plain http don't have.
 *
 * @import {Chat} from "../../conversation/chat.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { BASE, MAIN_ROOM } from "../../base-path.js";
import { copyText } from "../../dom/clipboard.js";
import { COMMAND } from "../../dom/platform-keys.js";
import { isolate, t, titleOf } from "../../i18n/i18n.js";
import { ROOM_PATTERN, roomNamed } from "../../text/room-names.js";
import { openDialog } from "../overlays/dialog.js";

/** @param {string} room @returns {string} */
export const addressOf = (room) =>
  `${location.origin}${BASE}/${room === MAIN_ROOM ? "" : `r/${encodeURIComponent(room)}`}`;

/** @returns {boolean} whether the address means this machine alone */
const isLocal = () =>
  /^(localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname) || location.hostname.endsWith(".localhost");

/** @returns {boolean} whether this is a device on which people pass things on by its own menu */
const hasShareMenu = () => "share" in navigator && matchMedia("(pointer: coarse)").matches;

/** How the chat is opened to others: by an option that stays in one line, as it is typed. */
function localView() {
  const [before, after] = t("share-local", { host: isolate(location.host), option: "\n" }).split("\n");
  return html`<p class="dialog-hint" data-hint="local">${before}<b>--host 0.0.0.0</b>${after}</p>`;
}

/** @param {Chat} chat */
export function openShare(chat) {
  let outcome = "";

  async function onCopy() {
    const input = /** @type {HTMLInputElement} */ (handle.dialog.querySelector("#share-address"));
    input.select();
    outcome = (await copyText(input.value)) ? "share-copied" : "share-failed";
    handle.draw();
  }

  const { room } = chat.state;
  const pass = () => navigator.share({ title: titleOf(room), url: addressOf(room) }).catch(() => undefined); // they changed their mind

  /** @param {SubmitEvent} event */
  function go(event) {
    event.preventDefault();
    const wanted = roomNamed(String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("room")));
    if (wanted) location.assign(addressOf(wanted));
  }

  const handle = openDialog({
    name: "share",
    title: () => t("share-title"),
    body: () => html`
      <div class="dialog-body">
        <div class="share-address">
          <input class="input" id="share-address" readonly dir="ltr" aria-label=${t("share-address")} .value=${addressOf(room)}
            @focus=${(/** @type {Event} */ { target }) => /** @type {HTMLInputElement} */ (target).select()}>
          <div class="dialog-row">
            <button class="button" type="button" @click=${onCopy}>${t("share-copy")}</button>
            ${hasShareMenu() ? html`<button class="button button-plain" type="button" @click=${pass}>${t("share-pass")}</button>` : nothing}
          </div>
        </div>
        <p class="dialog-hint" role="status">${outcome ? t(outcome, { key: COMMAND }) : nothing}</p>
        ${isLocal() ? localView() : nothing}
        <form class="dialog-field" @submit=${go}>
          <label for="share-room"><span>${t("share-other")}</span></label>
          <div class="dialog-row">
            <input class="input" id="share-room" name="room" dir="auto" required autocomplete="off" pattern=${ROOM_PATTERN} aria-describedby="share-hint">
            <button class="button button-plain" type="submit">${t("share-go")}</button>
          </div>
          <p class="dialog-hint" id="share-hint">${t("share-other-hint")}</p>
        </form>
      </div>`,
  });
}
