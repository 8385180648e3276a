/** What the field and its buttons are called. */
import { html, render } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";

/**
 * @param {HTMLTextAreaElement} field
 * @param {{send: HTMLButtonElement, emoji: HTMLButtonElement}} buttons   send: a word, or on a phone an arrow
 * @param {boolean} isEditing
 */
export function labelField(field, { send, emoji }, isEditing) {
  const label = t(isEditing ? "save" : "send");
  render(
    html`<span class="button-word">${label}</span>
        <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${isEditing ? "m5 12.5 5 5 9-11" : "M12 20V5m0 0-6 6m6-6 6 6"}></path></svg>`,
    send,
  );
  send.setAttribute("aria-label", label);
  emoji.setAttribute("aria-label", t("emoji-title"));
  emoji.title = t("emoji-title");
  field.placeholder = t("field-placeholder");
  field.labels[0].textContent = t("field-label");
}
