/**
 * The header, and the strip below it that says how the connection is when it isn't well.
 *
 * @import {Chat} from "../chat.js"
 * @import {State} from "../types.js"
 */
import { html, nothing, render } from "../../vendor/vendor.js";
import { isolate, language, number, t } from "../i18n.js";
import { choose, prefs } from "../prefs.js";
import { NOTICEABLE, TYPING_LASTS } from "../state.js";

const MAIN_ROOM = "chat";
/** A page that connects at once says nothing of it (ms). */
const CONNECTING_SHOWN_AFTER = 500;
const THEMES = /** @type {const} */ (["auto", "light", "dark"]);

/**
 * @typedef {object} Status   what the strip says
 * @property {string} id   of the words
 * @property {"quiet" | "warning" | "good"} tone
 * @property {number} [seconds]   a countdown: seen, not read aloud
 * @property {number} [minutes]
 * @property {"now" | "stay" | "connect" | "reload"} [action]
 */

/** @param {State} state @param {number} now @returns {Status | null} null: all is well, or too fresh to mention */
export function statusOf({ connection, idleAt, degraded, pause, renewed, activeAt }, now) {
  const left = (/** @type {number} */ until) => Math.max(0, Math.ceil((until - now) / 1000));
  if (connection.phase === "stopped") {
    const minutes = Math.round((connection.since - activeAt) / 60_000);
    return {
      id: minutes ? "status-stopped" : "status-stopped-plain",
      tone: "warning",
      minutes,
      action: "connect",
    };
  }
  if (connection.phase === "removed" || connection.phase === "expired")
    return { id: `status-${connection.phase}`, tone: "warning" };
  if (connection.phase === "offline") return { id: "status-offline", tone: "warning" };
  if (connection.phase === "idle") return null;
  if (connection.phase !== "online") return reaching(connection, now, left);
  if (degraded) return { id: "status-degraded", tone: "warning" };
  if (idleAt > now) return { id: "status-idle", tone: "warning", seconds: left(idleAt), action: "stay" };
  if (pause.until > now)
    return {
      id: pause.code === "rate_limited" ? "status-fast" : "status-busy",
      tone: "warning",
      seconds: left(pause.until),
    };
  if (renewed) return { id: "status-renewed", tone: "quiet", action: "reload" };
  if (connection.backAt && now - connection.backAt < NOTICEABLE) return { id: "status-back", tone: "good" };
  return null;
}

/** @param {State["connection"]} connection @param {number} now @param {(until: number) => number} left @returns {Status | null} */
function reaching({ phase, since, retryAt, joinedBefore }, now, left) {
  const shown = now - since >= (joinedBefore ? NOTICEABLE : CONNECTING_SHOWN_AFTER);
  if (!shown) return null;
  if (phase === "waiting")
    return { id: "status-lost", tone: "warning", seconds: left(retryAt), action: "now" };
  return joinedBefore ? { id: "status-lost", tone: "warning" } : { id: "status-connecting", tone: "quiet" };
}

/** @param {State} state @param {number} now @returns {boolean} whether something that is shown will change without an event */
export function isTicking({ connection, idleAt, pause, typing }, now) {
  const ends = [
    idleAt,
    pause.until,
    connection.backAt + NOTICEABLE,
    typing.people.length ? typing.at + TYPING_LASTS : 0,
  ];
  return connection.phase !== "online" || Math.max(...ends) > now - 1000;
}

/** @param {string} path   drawn as lines @param {string} [solid]   filled */
const icon = (path, solid = "") => html`
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"
    aria-hidden="true"><path d=${path}></path><path d=${solid} fill="currentColor" stroke="none"></path></svg>`;

const GEAR = "M4 7h10m4 0h2M4 17h2m4 0h10M14 7a2 2 0 1 0 4 0 2 2 0 1 0-4 0M6 17a2 2 0 1 0 4 0 2 2 0 1 0-4 0";
const SHARE = "M12 15V4m0 0L8 8m4-4 4 4M5 13v5a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5";
const CIRCLE = "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z";
const HALF = "M12 3.5a8.5 8.5 0 0 0 0 17Z";
const THEME_ICONS = {
  auto: CIRCLE,
  light:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-6v2m0 16v2M2 12h2m16 0h2M4.9 4.9l1.4 1.4m11.4 11.4 1.4 1.4m0-14.2-1.4 1.4M6.3 17.7l-1.4 1.4",
  dark: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5Z",
};

/**
 * @param {Chat} chat
 * @param {{people(): void, share(): void, settings(): void}} open   dialogs that the header leads to
 */
export function headerView(chat, open) {
  const bar = /** @type {HTMLElement} */ (document.getElementById("bar"));
  const strip = /** @type {HTMLElement} */ (document.getElementById("strip"));
  bar.replaceChildren();
  let said = "";

  function turnTheme() {
    choose({ theme: THEMES[(THEMES.indexOf(prefs().theme) + 1) % THEMES.length] });
  }

  /** @param {State} state */
  function online({ connection, online: { count } }) {
    const away = connection.phase !== "online";
    const args = { n: count, count: number(count) };
    const words = away ? t("offline-now") : t("online", args);
    return html`
      <span class="bar-online wide" ?data-away=${away} data-count=${count}>${words}</span>
      <button class="bar-online narrow" type="button" ?data-away=${away} @click=${open.people}
        aria-label=${away ? `${words}. ${t("open-people", args)}` : t("open-people", args)}>
        ${number(count)} <span aria-hidden="true">▸</span></button>`;
  }

  /** @param {State} state */
  function drawBar(state) {
    const { theme } = prefs();
    render(
      html`
      <h1 class="bar-title">${t("app")}${state.room === MAIN_ROOM ? nothing : html`<span class="bar-room"> / <bdi>${state.room}</bdi></span>`}</h1>
      ${state.connection.phase === "idle" ? nothing : online(state)}
      <div class="bar-tools">
        <button class="button-icon" type="button" data-tool="share" aria-label=${t("share")} title=${t("share")} @click=${open.share}>${icon(SHARE)}</button>
        <button class="button-icon optional" type="button" data-tool="language" aria-label=${t("switch-language")} title=${t("switch-language")}
          @click=${() => choose({ lang: language() === "ru" ? "en" : "ru" })}>${language().toUpperCase()}</button>
        <button class="button-icon optional" type="button" data-tool="theme" aria-label=${t("theme-now", { theme })} title=${t("theme-now", { theme })}
          @click=${turnTheme}>${icon(THEME_ICONS[theme], theme === "auto" ? HALF : "")}</button>
        <button class="button-icon" type="button" data-tool="settings" aria-label=${t("settings")} title=${t("settings")} @click=${open.settings}>${icon(GEAR)}</button>
      </div>`,
      bar,
    );
  }

  /** @type {Record<string, [string, () => void]>} */
  const actions = {
    now: ["status-now", () => chat.reconnect()],
    connect: ["status-connect", () => chat.reconnect()],
    stay: ["status-stay", () => chat.stay()],
    reload: ["status-reload", () => location.reload()],
  };

  /** @param {Status} status */
  function line({ id, tone, seconds, minutes = 0, action }) {
    const [label, act] = actions[action ?? ""] ?? [];
    // The number that counts down is for the eye; a screen reader hears the sentence without it, once.
    const words =
      seconds === undefined
        ? html`<span>${t(id, { minutes })}</span>`
        : html`
      <span aria-hidden="true">${t(`${id}-in`, { seconds })}</span><span class="visually-hidden">${t(id)}</span>`;
    return html`<div class="strip-line" data-status=${id} data-tone=${tone}>
      ${words}${label ? html`<button class="button-text" type="button" @click=${act}>${t(label)}</button>` : nothing}</div>`;
  }

  return {
    /** @param {State} state */
    draw(state) {
      drawBar(state);
      this.tick(state);
    },
    /** @param {State} state */
    tick(state) {
      const status = statusOf(state, Date.now());
      const saying = `${JSON.stringify(status)}${language()}`;
      if (saying === said) return;
      said = saying;
      const held = strip.contains(document.activeElement);
      render(status ? line(status) : nothing, strip);
      if (held && !strip.contains(document.activeElement)) document.getElementById("field")?.focus();
    },
  };
}

/** @param {State} state @returns {string} the room's name for people */
export const roomName = ({ room }) => (room === MAIN_ROOM ? t("room-main") : isolate(room));
