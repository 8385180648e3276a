/** What fields are to have, and what they say where they don't. */
import { t } from "../i18n/i18n.js";

/** What a field is to match that isn't filled in by spaces. */
export const NOT_BLANK = ".*\\S.*";

/** Fields say what is missing in the page's language, which may be another than the browser's. */
export function sayWhatIsMissing() {
  const onInvalid = (/** @type {Event} */ { target }) => {
    const input = /** @type {HTMLInputElement} */ (target);
    input.setCustomValidity(t(input.value.trim() ? "field-pattern" : "field-required"));
    input.addEventListener("input", () => input.setCustomValidity(""), { once: true });
  };
  document.addEventListener("invalid", onInvalid, { capture: true });
}
