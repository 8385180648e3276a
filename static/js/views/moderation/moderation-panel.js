/**
 * The panel of the room, for its moderators: the rules in force, who is out, and what was done. Each setting
 * applies at once.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Fields, ModerationRecord} from "../../conversation/moderator-acts.js"
 * @import {Rules, State} from "../../types.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { loadRecord } from "../../conversation/moderator-acts.js";
import { interval } from "../../i18n/durations.js";
import { t } from "../../i18n/i18n.js";
import { checkView, closeWithRole, openDialog } from "../overlays/dialog.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";
import { withStyles } from "../overlays/late-styles.js";
import { letIn, moderate } from "./moderate.js";
import { actsView, barredView } from "./moderation-record.js";

/** What slow mode may be set to (s). */
const SLOW = [0, 5, 10, 30, 60, 300, 900, 3_600];
const TOPIC_MAX = 200;
const PASSWORD_MAX = 256;
/** Others may moderate as well: the record is asked for this often while it is in sight (ms). */
const REFRESH_EVERY = 10_000;

/** @param {Event} event @returns {string} the text of the form's only field */
const fieldText = ({ target }) =>
  String(new FormData(/** @type {HTMLFormElement} */ (target)).get("text")).trim();

/** @param {string} text @returns {string} with a capital at its beginning */
const capitalized = (text) => text.charAt(0).toUpperCase() + text.slice(1);

class ModerationPanel {
  #chat;
  /** @type {ModerationRecord | null | undefined} undefined: not there yet; null: it didn't come */
  #record;
  /** The topic and the password as they are being written. */
  #topic;
  #password = "";
  /** @type {ReturnType<typeof openDialog> | undefined} */
  #handle;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#topic = chat.state.rules.topic;
  }

  open() {
    const refreshing = setInterval(() => void this.#refresh(), REFRESH_EVERY);
    const stopListening = this.#chat.listen((state, before) => this.#onState(state, before));
    this.#handle = openDialog({
      name: "moderation",
      kind: "moderation",
      title: () => t("moderation"),
      body: () => this.#bodyView(),
      onClose: () => {
        clearInterval(refreshing);
        stopListening();
      },
    });
    closeWithRole(this.#chat, this.#handle.dialog);
    void this.#refresh();
  }

  /** @param {State} state @param {State} before */
  #onState(state, before) {
    if (state.rules === before.rules) return;
    if (this.#topic === before.rules.topic) this.#topic = state.rules.topic;
    this.#draw();
    // A press has changed them without a draw.
    const form = this.#handle?.dialog;
    for (const [name, value] of Object.entries({
      read_only: state.rules.read_only,
      lock: state.rules.locked,
    })) {
      const box = /** @type {HTMLInputElement | null | undefined} */ (form?.querySelector(`[name=${name}]`));
      if (box) box.checked = value;
    }
    const select = /** @type {HTMLSelectElement | null | undefined} */ (form?.querySelector("[name=slow]"));
    if (select) select.value = String(state.rules.slow);
  }

  /** What had the focus may be gone then: it goes to what is next to it. */
  #draw() {
    const part = document.activeElement?.closest("form, .moderation-part");
    drawKeepingFocus(
      part,
      () => this.#handle?.draw(),
      () =>
        part?.querySelector("input, .moderation-row button") ?? part?.parentElement?.querySelector("summary"),
    );
  }

  async #refresh() {
    this.#record = (await loadRecord(this.#chat)) ?? this.#record ?? null;
    if (this.#handle?.dialog.open) this.#draw();
  }

  /**
   * @param {string} act
   * @param {Fields} [fields]
   * @returns {Promise<boolean>} whether it is so now
   */
  async #do(act, fields) {
    const isDone = await moderate(this.#chat, act, fields, t("moderation-done"));
    await this.#refresh();
    return isDone;
  }

  #bodyView() {
    const { rules } = this.#chat.state;
    return html`
      <div class="dialog-body">
        ${this.#topicView(rules)}
        ${this.#slowView(rules)}
        ${this.#actView("read_only", rules.read_only)}
        ${this.#actView("lock", rules.locked)}
        ${this.#passwordView(rules)}
        <section class="moderation-part">
          <h3 class="moderation-title">${t("moderation-barred")}</h3>
          ${barredView(this.#record, async (person) => {
            await letIn(this.#chat, person);
            await this.#refresh();
          })}
        </section>
        <details class="moderation-part">
          <summary class="moderation-title">${t("moderation-acts")}</summary>
          ${actsView(this.#record)}
        </details>
        <div class="moderation-part"><button class="button button-plain moderation-clear" type="button" @click=${() => this.#askToClear()}>${t("moderation-clear")}</button></div>
      </div>`;
  }

  /** @param {Rules} rules */
  #topicView({ topic }) {
    const onInput = (/** @type {{target: HTMLInputElement}} */ { target }) => {
      this.#topic = target.value;
      this.#draw();
    };
    const onSubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#topic = fieldText(event);
      void this.#do("topic", { text: this.#topic });
    };
    return html`
      <form class="dialog-field" @submit=${onSubmit}>
        <label for="moderation-topic">${t("moderation-topic")}</label>
        <div class="dialog-row">
          <input class="input" id="moderation-topic" name="text" dir="auto" maxlength=${TOPIC_MAX} autocomplete="off" placeholder=${t("moderation-topic-none")}
            .value=${this.#topic} @input=${onInput}>
          <button class="button" type="submit" ?hidden=${this.#topic.trim() === topic}>${t("save")}</button>
        </div>
      </form>`;
  }

  /** @param {Rules} rules */
  #slowView({ slow }) {
    const all = SLOW.includes(slow) ? SLOW : [...SLOW, slow].sort((a, b) => a - b);
    const onChange = async (/** @type {{target: HTMLSelectElement}} */ { target }) => {
      const isDone = await this.#do("slow", { seconds: Number(target.value) });
      if (!isDone) target.value = String(this.#chat.state.rules.slow);
    };
    return html`
      <label class="setting"><span>${t("moderation-slow")}</span>
        <select class="input" name="slow" @change=${onChange}>
          ${all.map((seconds) => html`<option value=${seconds} .selected=${seconds === slow}>${seconds ? capitalized(interval(seconds)) : t("moderation-off")}</option>`)}
        </select></label>`;
  }

  /** @param {"read_only" | "lock"} act @param {boolean} isOn */
  #actView(act, isOn) {
    return checkView({
      name: act,
      label: t(`moderation-${act}`),
      isOn,
      onChange: async (on, box) => {
        box.checked = (await this.#do(act, { on })) ? on : !on;
      },
      hint: t(`moderation-${act}-hint`),
    });
  }

  /** @param {Rules} rules */
  #passwordView({ password }) {
    const onInput = (/** @type {{target: HTMLInputElement}} */ { target }) => {
      this.#password = target.value;
      this.#draw();
    };
    const set = async (/** @type {string} */ text) => {
      if (!(await this.#do("password", { text }))) return;
      this.#password = "";
      this.#draw();
    };
    const onSubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      if (this.#password) void set(this.#password);
    };
    return html`
      <form class="dialog-field" @submit=${onSubmit}>
        <label for="moderation-password">${t("moderation-password")}</label>
        <div class="dialog-row">
          <input class="input" id="moderation-password" name="text" dir="auto" maxlength=${PASSWORD_MAX} autocomplete="off" spellcheck="false"
            placeholder=${t(password ? "moderation-password-set" : "moderation-password-none")} aria-describedby="moderation-password-hint" .value=${this.#password} @input=${onInput}>
          <button class="button" type="submit" ?hidden=${!this.#password}>${t("save")}</button>
          ${password && !this.#password ? html`<button class="button button-plain" type="button" @click=${() => set("")}>${t("moderation-password-off")}</button>` : nothing}
        </div>
        <p class="dialog-hint" id="moderation-password-hint">${t("moderation-password-hint")}</p>
      </form>`;
  }

  #askToClear() {
    const clear = () => {
      handle.close();
      void this.#do("clear");
    };
    const handle = openDialog({
      name: "clear",
      title: () => t("clear-title"),
      body: () => html`
        <div class="dialog-body">
          <p class="dialog-hint">${t("clear-hint")}</p>
          <div class="dialog-row deletion-row">
            <button class="button button-plain" type="button" autofocus @click=${() => handle.close()}>${t("delete-keep")}</button>
            <button class="button button-danger" type="button" @click=${clear}>${t("clear-now")}</button>
          </div>
        </div>`,
    });
    closeWithRole(this.#chat, handle.dialog);
  }
}

/** @param {Chat} chat */
export const openModeration = (chat) => withStyles("moderation", () => new ModerationPanel(chat).open());
