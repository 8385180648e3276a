/** What a press on somebody in the list of people does. */
import { extras, useOrTell } from "../../lazy-modules.js";

/** @param {string} name   of somebody, to be written into the field */
export function mention(name) {
  const field = /** @type {HTMLTextAreaElement} */ (document.getElementById("field"));
  if (!field.disabled) useOrTell(extras.insertText, ({ writeMention }) => writeMention(field, name));
}
