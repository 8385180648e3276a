/**
 * The header: name of the room, number of people online, and buttons for the dialogs.
 *
 * @import {State} from "../../types.js"
 * @import {Dialogs} from "./header-dialogs.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { MAIN_ROOM } from "../../base-path.js";
import { number, t, titleOf } from "../../i18n/i18n.js";
import { choose, prefs } from "../../storage/prefs.js";
import { icon } from "../icon.js";
import { chooseLanguage, otherLanguage } from "../language-choice.js";

const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

const GEAR = "M4 7h10m4 0h2M4 17h2m4 0h10M14 7a2 2 0 1 0 4 0 2 2 0 1 0-4 0M6 17a2 2 0 1 0 4 0 2 2 0 1 0-4 0";
const PEOPLE =
  "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6.5 9a6.5 6.5 0 0 1 13 0M16 4.4a3.5 3.5 0 0 1 0 6.2m2 3.2a6.5 6.5 0 0 1 3.5 6.2";
const GLASS = "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm4.75 11.25L20 20";
const SHARE = "M12 15V4m0 0L8 8m4-4 4 4M5 13v5a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5";
const CHEVRON = "m7 10 5 5 5-5";
const CIRCLE = "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z";
const HALF = "M12 3.5a8.5 8.5 0 0 0 0 17Z";
const RAYS = "m0-6v2m0 16v2M2 12h2m16 0h2M4.9 4.9l1.4 1.4m11.4 11.4 1.4 1.4m0-14.2-1.4 1.4M6.3 17.7l-1.4 1.4";
const THEME_ICONS = {
  auto: CIRCLE,
  light: `M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z${RAYS}`,
  dark: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z",
};

/** @returns {typeof THEMES[number]} the theme after the current one */
const nextTheme = () => THEMES[(THEMES.indexOf(prefs().theme) + 1) % THEMES.length];

function switchTheme() {
  choose({ theme: nextTheme() });
}

const switchLanguage = () => void chooseLanguage(otherLanguage());

export class HeaderView {
  #root = /** @type {HTMLElement} */ (document.getElementById("bar"));
  #open;

  /** @param {Dialogs} open */
  constructor(open) {
    this.#open = open;
    this.#root.replaceChildren();
  }

  /** @param {State} state */
  draw(state) {
    // With unread messages, notifications.js sets the title.
    if (!state.unread.count) document.title = titleOf(state.room);
    render(
      html`
      <div class="bar-head"><h1 class="bar-title"><button class="bar-rooms" type="button" aria-haspopup="dialog" title=${t("rooms-title")} @click=${this.#open.rooms}><span class="bar-name">${state.room === MAIN_ROOM ? t("app") : html`<bdi class="bar-room">${state.room}</bdi>`}</span>${icon(CHEVRON)}</button></h1>${state.me ? this.#online(state) : nothing}<div id="topic"></div></div>
      ${this.#tools(state)}`,
      this.#root,
    );
  }

  /** @param {State} state */
  #online({ connection, online: { count } }) {
    const isAway = connection.phase !== "online";
    const args = { n: count, count: number(count) };
    const text = isAway ? t("offline-now") : t("online", args);
    const label = isAway ? `${text}. ${t("open-people", args)}` : t("open-people", args);
    return html`
      <span class="bar-online wide" ?data-away=${isAway} data-count=${count}>${text}</span>
      <button class="bar-online narrow" type="button" ?data-away=${isAway} aria-label=${label} @click=${this.#open.people}>
        ${icon(PEOPLE)}${number(count)}</button>`;
  }

  /** @param {State} state */
  #tools({ me }) {
    const { theme } = prefs();
    const themeIcon = icon(THEME_ICONS[theme], theme === "auto" ? HALF : "");
    return html`
      <div class="bar-tools">
        <div id="moderation"></div>
        ${me ? toolView("search", t("search-title"), icon(GLASS), this.#open.search) : nothing}
        ${toolView("share", t("share"), icon(SHARE), this.#open.share)}
        ${toolView("language", t("switch-language"), otherLanguage().toUpperCase(), switchLanguage)}
        ${toolView("theme", t("theme-next", { theme: nextTheme() }), themeIcon, switchTheme)}
        ${toolView("settings", t("settings"), icon(GEAR), this.#open.settings)}
      </div>`;
  }
}

/** A narrow screen shows these in the settings only. */
const OPTIONAL = ["language", "theme"];

/** @param {string} name @param {string} label @param {unknown} content @param {() => void} onClick */
function toolView(name, label, content, onClick) {
  const classes = OPTIONAL.includes(name) ? "button-icon optional" : "button-icon";
  return html`<button class=${classes} type="button" data-tool=${name} lang=${name === "language" ? otherLanguage() : nothing} aria-label=${label} title=${label} @click=${onClick}>${content}</button>`;
}
