/** The height of the field in browsers that don't size fields by their text. */

export const sizesItself = CSS.supports("field-sizing", "content");

/**
 * @param {HTMLTextAreaElement} field   gets the height of its text; the style sheet bounds it
 * @param {HTMLElement} form   keeps its height meanwhile: a list that grew for that moment would lose its end
 */
export function fitToText(field, form) {
  form.style.blockSize = `${form.getBoundingClientRect().height}px`;
  field.style.blockSize = "0";
  field.style.blockSize = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  form.style.blockSize = "";
  // In a window of little height, the box around it has less than that.
  const box = /** @type {HTMLElement} */ (field.parentElement);
  const over = box.scrollHeight - box.clientHeight;
  if (over > 0) field.style.blockSize = `max(2.75rem, ${field.offsetHeight - over}px)`;
}
