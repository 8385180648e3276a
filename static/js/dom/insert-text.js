/** Writes into the field for the person, as they would themselves: the browser's undo takes it back. */
import { charBefore } from "../text/fold.js";

/**
 * @param {HTMLTextAreaElement} field
 * @param {string} text
 * @param {number} [from]   what stands from here
 * @param {number} [to]   to there is replaced
 */
export function write(field, text, from = field.selectionStart, to = field.selectionEnd) {
  field.focus();
  if (field.readOnly) return;
  field.setSelectionRange(from, to);
  // The only way that is part of the field's history of changes, and all browsers have it.
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }));
}

/**
 * @param {HTMLTextAreaElement} field
 * @param {string} name   of a person, to be mentioned where the caret is
 */
export function writeMention(field, name) {
  const before = charBefore(field.value, field.selectionStart);
  write(field, `${/^\s?$/u.test(before) ? "" : " "}@${name} `);
}

/** @param {HTMLTextAreaElement} field @param {string} mark   that goes to both sides of what is selected */
export function writeAround(field, mark) {
  const { selectionStart: start, selectionEnd: end, value } = field;
  const selected = value.slice(start, end);
  const text = selected.trim();
  const from = start + selected.indexOf(text);
  write(field, `${mark}${text}${mark}`, from, from + text.length);
  field.setSelectionRange(from + mark.length, from + mark.length + text.length);
}
