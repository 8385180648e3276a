/** On a phone, what is open over a message is a sheet: the message stays in sight above it. */

/** The message ends so far (px) above the sheet. */
const GAP = 8;

/** The sheet that the list makes room for. @type {HTMLDialogElement | undefined} */
let current;

/** @param {HTMLDialogElement} dialog @returns {boolean} by its layout: while it appears it is moved */
const isSheet = ({ offsetWidth, offsetTop, offsetHeight }) =>
  offsetWidth >= innerWidth && offsetTop + offsetHeight >= innerHeight - 1;

/**
 * Moves the list as a whole instead of scrolling it: its end couldn't be scrolled up, and what is read and whether
 * the list follows new messages depends on where it is scrolled to.
 *
 * @param {HTMLElement} list
 * @param {number} lift   so far (px) up; what would cover the header is cut off
 */
function move(list, lift) {
  list.style.translate = lift ? `0 ${-lift}px` : "";
  list.style.clipPath = lift ? `inset(${lift}px 0 0)` : "";
}

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} article
 * @param {number} edge   it is to end above this (px)
 */
function liftFor(list, article, edge) {
  const place = list.getBoundingClientRect();
  const { top, bottom } = article.getBoundingClientRect();
  const lift = Math.max(0, Math.min(bottom, place.bottom) + GAP - edge);
  const above = top - place.top; // one that begins in sight still does
  return above < 0 ? lift : Math.min(lift, above);
}

/** @param {HTMLElement} article @param {HTMLDialogElement} dialog   over it, until that is closed */
export function keepInSight(article, dialog) {
  const list = /** @type {HTMLElement | null} */ (article.closest(".list"));
  if (!list) return;
  const fit = () => {
    move(list, 0);
    if (isSheet(dialog)) move(list, liftFor(list, article, dialog.offsetTop));
  };
  current = dialog;
  fit();
  addEventListener("resize", fit); // a phone's keyboard goes
  dialog.addEventListener("close", () => {
    removeEventListener("resize", fit);
    if (current === dialog) move(list, 0); // another sheet may be open already
  });
}
