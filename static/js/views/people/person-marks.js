/**
 * What stands beside a person's name: the avatar, and the mark of a moderator.
 *
 * @import {MessageItem, Person} from "../../types.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";
import { initials } from "../../text/initials.js";
import { hues } from "./person-colours.js";

const SHIELD =
  "M12 2 4 5v6c0 5 3.4 9.3 8 11 4.6-1.7 8-6 8-11V5Zm-1.2 13.5-3.6-3.6 1.4-1.4 2.2 2.2 4.6-4.6 1.4 1.4Z";

/** @param {Person | MessageItem["from"]} person @param {boolean} [isProgram] */
export const avatar = ({ name }, isProgram = false) =>
  html`<span class="avatar" data-hue=${hues.of(name)} ?data-program=${isProgram} aria-hidden="true">${initials(name)}</span>`;

/** @param {string} [id] @returns {unknown} what stands beside the name of a moderator */
export const markView = (id) =>
  html`<span class="mark" id=${id ?? nothing} title=${t("moderator")}><svg viewBox="0 0 24 24" aria-hidden="true"><path d=${SHIELD}></path></svg><span class="visually-hidden">(${t("moderator")})</span></span>`;
