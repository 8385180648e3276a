/** A line that says what was done, and goes by itself. */

const LASTS = 2_500;

/** @type {HTMLElement | undefined} */
let place;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} text */
export function showToast(text) {
  if (!place) {
    place = document.createElement("div");
    place.className = "toast";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  const own = place;
  own.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    own.textContent = "";
  }, LASTS);
}
