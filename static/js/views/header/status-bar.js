/**
 * The status bar below the header: shows the state of the connection, unless all is well.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Status} from "../../state/status.js"
 * @import {State} from "../../types.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { language, t } from "../../i18n/i18n.js";
import { statusOf } from "../../state/status.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";

export class StatusBar {
  #root = /** @type {HTMLElement} */ (document.getElementById("strip"));
  #drawn = "";
  /** @type {Record<string, [string, () => void]>} text and action of the buttons */
  #actions;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#actions = {
      now: ["status-now", () => chat.reconnect()],
      connect: ["status-connect", () => chat.reconnect()],
      check: ["status-check", () => chat.reconnect()],
      stay: ["status-stay", () => chat.stay()],
      reload: ["status-reload", () => location.reload()],
    };
  }

  /** @param {State} state */
  draw(state) {
    const status = statusOf(state, performance.now());
    const drawn = `${JSON.stringify(status)}${language()}`;
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    drawKeepingFocus(
      this.#root,
      () => render(status ? this.#line(status) : nothing, this.#root),
      () => document.getElementById("field"),
    );
  }

  /** @param {Status} status */
  #line({ id, tone, seconds, minutes = 0, action }) {
    const [label, act] = this.#actions[action ?? ""] ?? [];
    // Screen readers get the sentence without the countdown, and once: neither a new attempt nor its button changes it.
    const isCounting = seconds !== undefined;
    return html`
      <div class="strip-line" data-status=${id} data-tone=${tone}>
        <span class=${isCounting ? "visually-hidden" : ""}>${t(id, { minutes })}</span>
        ${isCounting ? html`<span aria-hidden="true">${t(`${id}-in`, { seconds })}</span>` : nothing}
        ${label ? html`<button class="button-text" type="button" aria-live="off" @click=${act}>${t(label)}</button>` : nothing}
      </div>`;
  }
}
