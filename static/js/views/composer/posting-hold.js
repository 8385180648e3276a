/**
 * What keeps the person from posting, and for how long: in the empty field, or above what stands there.
 *
 * @import {Hold, State} from "../../types.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { announceHold, announceText } from "../../alerts/announcer.js";
import { HOUR, momentIn, timeLeft } from "../../i18n/durations.js";
import { t } from "../../i18n/i18n.js";
import { holdOf } from "../../state/rules.js";
import { showToast } from "../overlays/toast.js";

/**
 * @param {Hold} hold
 * @param {number} now
 * @returns {{seen: string, said: string}} a sentence that counts down, and one that is read out once
 */
export function holdTexts({ code, until }, now) {
  if (until === Infinity) return { seen: t(`hold-${code}`), said: t(`hold-${code}`) };
  const exact = (until - now) / 1000;
  const left = Math.max(1, Math.ceil(exact));
  // By the exact time, so that the moment is the same at each draw.
  const said = code === "muted" ? t("hold-muted-until", { when: momentIn(exact) }) : t(`hold-${code}`);
  if (code === "muted" && left >= HOUR) return { seen: said, said };
  return { seen: t(`hold-${code}-in`, { left: timeLeft(left) }), said };
}

/**
 * @param {string} code   of what was over just now. The list tells of rules; the field of a slow mode's wait,
 *   to who sees it.
 */
function sayOver(code) {
  if (code === "muted") showToast(t("hold-over-muted"));
  if (code === "slow") announceText(t("hold-over-slow"));
}

export class PostingHold {
  #field = /** @type {HTMLTextAreaElement} */ (document.getElementById("field"));
  #list = document.getElementById("list");
  #root = document.createElement("div");
  /** What keeps the person from posting; "": nothing. */
  #code = "";
  /** What screen readers have been told of. */
  #told = "";

  constructor() {
    this.#root.className = "hold";
    this.#field.form?.prepend(this.#root);
  }

  /** @param {State} state */
  draw(state) {
    const isEdit = state.subject?.what === "edit"; // slow mode lets it through
    const now = holdOf(state, performance.now());
    const hold = isEdit && now?.code === "slow" ? null : now;
    if (!hold && !this.#code) return;
    if (!now) sayOver(this.#code);
    this.#code = hold?.code ?? "";
    // Who must wait for a while writes on; what is to be sent then is theirs to say.
    const isClosed = hold !== null && hold.code !== "slow";
    this.#field.readOnly = isClosed;
    // Told by an attribute: a `:has()` for it would restyle all reactions with each draw.
    this.#list?.toggleAttribute("data-closed", isClosed);
    if (hold) this.#drawHold(hold);
    else this.#release();
  }

  /** @param {Hold} hold */
  #drawHold(hold) {
    const { seen, said } = holdTexts(hold, performance.now());
    const told = `${hold.code} ${hold.until}`;
    if (told !== this.#told) announceHold(said);
    this.#told = told;
    this.#field.placeholder = seen;
    render(this.#field.value ? html`<p>${seen}</p>` : nothing, this.#root);
  }

  #release() {
    this.#told = "";
    this.#field.placeholder = t("field-placeholder");
    render(nothing, this.#root);
  }
}
