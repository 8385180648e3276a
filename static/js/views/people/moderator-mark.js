/** The mark of a moderator. */
import { html, nothing } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";

const SHIELD =
  "M12 2 4 5v6c0 5 3.4 9.3 8 11 4.6-1.7 8-6 8-11V5Zm-1.2 13.5-3.6-3.6 1.4-1.4 2.2 2.2 4.6-4.6 1.4 1.4Z";

/** @param {string} [id] @returns {unknown} what stands beside the name of a moderator */
export const markView = (id) =>
  html`<span class="mark" id=${id ?? nothing} title=${t("moderator")}><svg viewBox="0 0 24 24" aria-hidden="true"><path d=${SHIELD}></path></svg><span class="visually-hidden">(${t("moderator")})</span></span>`;
