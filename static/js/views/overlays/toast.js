/** A line that says what was done, and goes by itself. */
import { number, tOr } from "../../i18n/i18n.js";

/** It lasts this long (ms). */
const LASTS = 4_000;
/** Screen readers tell only of text that comes into a place which they know already (ms). */
const KNOWN_AFTER = 100;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * @param {Element} host
 * @returns {Element} where a toast is shown in it: page and dialogs have one, menus get one
 */
function placeIn(host) {
  const known = host.querySelector(":scope > .toast");
  if (known) return known;
  const place = document.createElement("div");
  place.className = "toast";
  place.setAttribute("role", "status");
  host.append(place);
  return place;
}

function clear() {
  clearTimeout(timer);
  for (const place of document.querySelectorAll(".toast:not(:empty)")) place.textContent = "";
}

/** It outlives its dialog. @param {Element} host @param {Element} place   in it */
function showOnClose(host, place) {
  host.addEventListener("close", () => place.textContent && showToast(place.textContent), { once: true });
}

/** @returns {Element} what is behind it is neither seen nor read out */
const topmost = () => [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;

/** @param {string} text */
export function showToast(text) {
  clear();
  const host = topmost();
  const place = placeIn(host);
  timer = setTimeout(() => {
    if (!place.isConnected || host !== topmost()) return showToast(text);
    place.textContent = text;
    if (host !== document.body) showOnClose(host, place);
    timer = setTimeout(clear, LASTS);
  }, KNOWN_AFTER);
}

/**
 * @param {{code: string, limit?: number}} error   of the server, which doesn't change a message; see
 *   docs/protocol.md
 */
export function showRefusal({ code, limit = 0 }) {
  showToast(tOr(`change-${code}`, "change-other", { n: limit, limit: number(limit) }));
}
