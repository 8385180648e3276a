/** Icons, drawn in the colour of the text around them; and the paths of those that several views show. */
import { html } from "../../vendor/vendor.js";

/** @param {string} path   drawn as lines @param {string} [solid]   filled */
export const icon = (path, solid = "") =>
  html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${path}></path><path d=${solid} fill="currentColor" stroke="none"></path></svg>`;

export const CROSS = "M6 6l12 12M18 6 6 18";
/** To answer. */
export const ARROW = "M9 7 4 12l5 5m-5-5h10a6 6 0 0 1 6 6v1";
/** There is more. */
export const DOTS = html`<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><circle cx="5" cy="12" r="1.75"></circle><circle cx="12" cy="12" r="1.75"></circle><circle cx="19" cy="12" r="1.75"></circle></svg>`;
