/**
 * For how long somebody is muted or removed, and how much of what they wrote is erased. For good, and
 * everything, is asked once more.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {TermAct} from "../../types.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { ERASED_MAX, SPANS, TERMS } from "../../conversation/moderator-acts.js";
import { termText } from "../../i18n/durations.js";
import { number, t } from "../../i18n/i18n.js";
import { barredText, spanText } from "../../i18n/moderation-texts.js";
import { checkView, closeWithRole, openDialog } from "../overlays/dialog.js";
import { withStyles } from "../overlays/late-styles.js";
import { erase, moderate } from "./moderate.js";

/**
 * @typedef {{name: string, author?: string, person?: string, seq?: number, epoch?: string, isHook?: boolean}}
 *   Barred   by `person`, an id, or as the `author` of the message `seq`
 */

class BarringDialog {
  #chat;
  #act;
  #whom;
  /** It would be for good: the dialog asks whether they mean it. */
  #isAsking = false;
  /** The room is locked, too. */
  #locks = false;
  /** What they wrote of late is erased, too. */
  #erases = false;
  /** @type {ReturnType<typeof openDialog> | undefined} */
  #handle;

  /** @param {Chat} chat @param {TermAct} act @param {Barred} whom */
  constructor(chat, act, whom) {
    this.#chat = chat;
    this.#act = act;
    this.#whom = whom;
  }

  open() {
    this.#handle = openDialog({
      name: "barring",
      title: () => t(this.#isAsking ? `barring-good-title-${this.#act}` : `barring-${this.#act}`),
      body: () => (this.#isAsking ? this.#questionView() : this.#termsView()),
    });
    closeWithRole(this.#chat, this.#handle.dialog);
  }

  /** @param {number} seconds */
  #choose(seconds) {
    if (seconds) void this.#bar(seconds);
    // A second Enter does what a moderator can undo, and nothing else.
    else this.#ask(true, this.#act === "erase" ? ".deletion-row .button-plain" : ".button-danger");
  }

  /** @param {boolean} isAsking   false: back to the terms @param {string} focus   what has it then */
  #ask(isAsking, focus) {
    this.#isAsking = isAsking;
    this.#handle?.draw();
    /** @type {HTMLElement | null | undefined} */ (this.#handle?.dialog.querySelector(focus))?.focus();
  }

  /** @param {number} seconds */
  async #bar(seconds) {
    this.#handle?.close();
    const { name, author, isHook: _, ...whom } = this.#whom;
    const person = { id: author ?? whom.person ?? "", name };
    if (this.#act === "erase") return void (await erase(this.#chat, person, seconds));
    const done = barredText(this.#act, name, seconds);
    const isDone = await moderate(this.#chat, this.#act, { ...whom, seconds }, done);
    if (isDone && this.#erases) await erase(this.#chat, person, SPANS[0]);
    if (isDone && this.#locks) await moderate(this.#chat, "lock", { on: true });
  }

  /** @param {number} seconds */
  #text(seconds) {
    return this.#act === "erase" ? spanText(seconds) : termText(seconds);
  }

  #termsView() {
    const isFinal = this.#act === "erase"; // each of its choices
    return html`
      <div class="dialog-body">
        <p class="barring-name"><bdi>${this.#whom.name}</bdi></p>
        ${this.#act === "remove" ? [this.#eraseView(), this.#privateView()] : this.#hintView()}
        <div class="barring-terms" data-act=${this.#act} role="group" aria-label=${t(this.#act === "erase" ? "barring-span" : "barring-term")}>
          ${(this.#act === "erase" ? SPANS : TERMS).map((seconds, i) => html`<button class="button button-plain" type="button" ?autofocus=${!i && !isFinal} ?data-danger=${isFinal || !seconds} @click=${() => this.#choose(seconds)}>${this.#text(seconds)}</button>`)}
        </div>
      </div>`;
  }

  #hintView() {
    // A program reads and deletes nothing.
    if (this.#act === "mute" && this.#whom.isHook) return nothing;
    return html`<p class="dialog-hint">${t(`barring-${this.#act}-hint`)}</p>`;
  }

  #eraseView() {
    return checkView({
      name: "erase",
      label: t("barring-erase-too"),
      isOn: this.#erases,
      onChange: (wanted) => {
        this.#erases = wanted;
      },
    });
  }

  /** What a removal can't do, and what does: above the terms, which act at once. */
  #privateView() {
    if (this.#chat.state.rules.locked) return nothing;
    return checkView({
      name: "lock",
      label: t("barring-lock"),
      isOn: this.#locks,
      onChange: (wanted) => {
        this.#locks = wanted;
      },
      hint: t("barring-private"),
    });
  }

  #questionView() {
    return html`
      <div class="dialog-body">
        <p class="barring-name"><bdi>${this.#whom.name}</bdi></p>
        <p class="dialog-hint">${t(`barring-good-hint-${this.#act}`, { limit: number(ERASED_MAX) })}</p>
        <div class="dialog-row deletion-row">
          <button class="button button-plain" type="button" @click=${() => this.#ask(false, "[data-danger]:last-child")}>${t("barring-back")}</button>
          <button class="button button-danger" type="button" @click=${() => this.#bar(0)}>${t(`barring-good-now-${this.#act}`)}</button>
        </div>
      </div>`;
  }
}

/** @param {Chat} chat @param {TermAct} act @param {Barred} whom */
export const askForTerm = (chat, act, whom) =>
  withStyles("moderation", () => new BarringDialog(chat, act, whom).open());
