/**
 * What somebody sees whom the room doesn't let in: why, and until when. The page tries again by itself.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Refusal} from "../../types.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { BASE, MAIN_ROOM } from "../../base-path.js";
import { HOUR, momentIn, timeLeft } from "../../i18n/durations.js";
import { isolate, onLanguage, t } from "../../i18n/i18n.js";
import { languageButton } from "../language-choice.js";

/** Nobody says when a moderator opens the room, or lets the person in again: it is asked this often (ms). */
const RETRY = 30_000;
/** So that the time is over for the server as well (ms). */
const MARGIN = 500;
const TICK = 1_000;

const DOOR = html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M7.5 10.5V8a4.5 4.5 0 0 1 9 0v2.5M6.5 10.5h11a1.5 1.5 0 0 1 1.5 1.5v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19v-7a1.5 1.5 0 0 1 1.5-1.5ZM12 14.5v2"></path></svg>`;

/**
 * @param {string} code
 * @param {number} left   s, Infinity: for good
 * @param {boolean} wasIn   and so it is the person who was removed; otherwise it may be somebody of their network
 * @returns {{why: string, left: string}} the sentences below the title
 */
export function outTexts(code, left, wasIn) {
  if (code === "locked") return { why: t("out-locked"), left: t("out-locked-retry") };
  if (code !== "barred") return { why: t("refused-removed"), left: "" };
  const whom = String(wasIn);
  if (left === Infinity) return { why: t("out-for-good", { whom }), left: t("out-for-good-retry") };
  const seconds = Math.max(1, Math.ceil(left));
  return {
    why: t("out-until", { whom, when: momentIn(left) }),
    left: seconds < HOUR ? t("out-left", { left: timeLeft(seconds) }) : t("out-left-long"),
  };
}

class OutPage {
  #dialog = document.createElement("dialog");
  #chat;
  /** Why the person is out, as it was last told. @type {Refusal} */
  #refusal = { code: "", until: Infinity };
  /** The person was in the room when it happened. */
  #wasIn;
  /** They have asked to be let in, and no answer has come yet. */
  #isAsking = false;
  /** What came of the last attempt, as the id of a text; "": nothing to tell. */
  #outcome = "";
  #end = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#wasIn = chat.state.connection.phase === "removed";
    this.#dialog.className = "out";
    this.#dialog.dataset.dialog = "out";
    this.#dialog.translate = false;
    this.#dialog.setAttribute("aria-labelledby", "out-title");
    this.#dialog.setAttribute("aria-describedby", "out-why");
  }

  open() {
    const { signal } = this.#end;
    const ends = [onLanguage(() => this.#draw()), this.#chat.listen((state) => this.#onState(state))];
    const ticking = setInterval(() => this.#draw(), TICK);
    signal.addEventListener("abort", () => {
      for (const end of ends) end();
      clearInterval(ticking);
      clearTimeout(this.#retryTimer);
    });
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault(), { signal });
    this.#dialog.addEventListener("close", () => this.#dialog.showModal(), { signal });
    document.body.append(this.#dialog);
    this.#onState(this.#chat.state);
    this.#draw();
    this.#dialog.showModal();
  }

  /** @param {Chat["state"]} state */
  #onState({ refusal, connection }) {
    const isOther = refusal && refusal.code !== "barred" && refusal.code !== "locked";
    // Of what has expired the dialog for joining tells.
    if (connection.phase === "online" || connection.phase === "expired" || isOther) return this.#close();
    if (!refusal) return this.#onPhase(connection);
    if (refusal === this.#refusal) return;
    // With another reason the page itself looks different.
    const isSame = refusal.code === this.#refusal.code;
    this.#outcome = this.#isAsking && isSame ? "out-still" : "";
    this.#isAsking = false;
    this.#refusal = refusal;
    this.#retryLater();
    this.#draw();
  }

  /**
   * The status bar, which would tell of the connection, lies below this.
   *
   * @param {Chat["state"]["connection"]} connection
   */
  #onPhase({ phase, obstacle }) {
    if (phase === "removed") this.#outcome = this.#isAsking ? "out-still" : "";
    else if (phase === "stopped") this.#outcome = "status-stopped-plain";
    else if (phase === "waiting" || phase === "offline")
      this.#outcome = obstacle === "unavailable" ? "status-unavailable" : "status-lost";
    else return; // the answer is still to come
    this.#isAsking = false;
    this.#draw();
  }

  #ask() {
    this.#chat.rejoin();
    this.#isAsking = true;
    this.#outcome = "status-connecting";
    this.#draw();
  }

  #retryLater() {
    clearTimeout(this.#retryTimer);
    const { code, until } = this.#refusal;
    if (!code) return; // only a connection that was closed, without a word of why
    const wait = Math.min(RETRY, until - performance.now() + MARGIN);
    this.#retryTimer = setTimeout(() => this.#chat.rejoin(), wait);
  }

  #close() {
    this.#end.abort();
    this.#dialog.close();
    this.#dialog.remove();
    current = undefined;
    document.getElementById("field")?.focus();
  }

  #draw() {
    const { room } = this.#chat.state;
    const { code, until } = this.#refusal;
    const texts = outTexts(code, (until - performance.now()) / 1000, this.#wasIn);
    const title = this.#wasIn && code !== "locked" ? "out-removed" : `out-title-${code || "barred"}`;
    render(
      html`
        ${languageButton("out-language")}
        <div class="out-body">
          <span class="out-icon">${DOOR}</span>
          <h2 class="out-title" id="out-title">${t(title)}</h2>
          ${room === MAIN_ROOM ? nothing : html`<p>${t("join-room", { room: isolate(room) })}</p>`}
          <p id="out-why">${texts.why}</p>
          <p class="out-left">${texts.left}</p>
          <div class="out-ways">
            ${room === MAIN_ROOM ? nothing : html`<a class="button" href=${`${BASE}/`}>${t("to-main-room")}</a>`}
            <button class="button button-plain" type="button" autofocus @click=${() => this.#ask()}>${t(code ? "out-retry" : "come-back")}</button>
          </div>
          <p role="status">${this.#outcome ? t(this.#outcome) : "\u00A0"}</p>
        </div>`,
      this.#dialog,
    );
  }
}

/** @type {OutPage | undefined} */
let current;

/** @param {Chat} chat   may be refused again while the page says so */
export function openOut(chat) {
  if (current) return;
  current = new OutPage(chat);
  current.open();
}
