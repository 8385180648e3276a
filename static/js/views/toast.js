/** A line that says what was done, and goes by itself. */
import { number, t } from "../i18n.js";

const LASTS = 4_000;

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
  }
  const own = place;
  // What is behind a dialog is neither seen nor read out.
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (own.parentElement !== host) host.append(own);
  own.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    own.textContent = "";
  }, LASTS);
}

/** @param {{code: string, limit?: number}} error   of the server, which doesn't change a message; see docs/protocol.md */
export function showRefusal({ code, limit = 0 }) {
  const id = `change-${code}`;
  const text = t(id, { n: limit, limit: number(limit) });
  showToast(text === id ? t("change-other") : text);
}
