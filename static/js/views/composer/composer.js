/**
 * The field for writing, with its button. Its text is saved as a draft until it is sent. While a message is
 * edited in it, the draft waits.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {DrawScheduler} from "../../draw-scheduler.js"
 * @import {State, Subject} from "../../types.js"
 */
import { isComposing } from "../../dom/platform-keys.js";
import { onTouch } from "../../dom/touch.js";
import { onLanguage } from "../../i18n/i18n.js";
import { extras, use } from "../../lazy-modules.js";
import { hasPictureProblem, pictureCount } from "../../state/attachments.js";
import { messageAt } from "../../state/changes.js";
import { HOLDS, holdOf, isPaused } from "../../state/rules.js";
import { Draft } from "../../storage/draft.js";
import { trimmed } from "../../text/trim.js";
import { drawKeepingFocus, isNowhere } from "../overlays/keep-focus.js";
import { Composition } from "./composition.js";
import { drawCounter } from "./counter.js";
import { fitToText, sizesItself } from "./field-height.js";
import { labelField } from "./field-labels.js";

/** The draft is saved this long after the last key (ms). */
const SAVE_AFTER = 300;

/** @param {State} state */
const isOff = ({ connection: { phase }, refusal }) =>
  ["idle", "removed", "expired"].includes(phase) || refusal !== null;

/** @template {HTMLElement} T @param {string} id @returns {T} */
const byId = (id) => /** @type {T} */ (document.getElementById(id));

export class Composer {
  ticks = true; // the end of a pause enables the field
  /** @type {HTMLTextAreaElement} */
  field = byId("field");
  #composition = new Composition(this.field);
  /** @type {HTMLButtonElement} */
  #button = byId("send");
  #form = byId("composer");
  /** @type {HTMLButtonElement} */
  #emoji = byId("emoji");
  /** @type {HTMLOutputElement} */
  #counter = byId("counter");
  #chat;
  #draws;
  #onSent;
  /** What is kept of the field. */
  #kept;
  /** The message that the field is about. @type {Subject | null} */
  #subject = null;
  /** What stood in the field before a message was edited there. */
  #draft = "";
  /** Texts of refused posts that wait for a composed word. @type {string[]} */
  #back = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saveTimer;

  /** @param {Chat} chat @param {DrawScheduler} draws @param {() => void} onSent */
  constructor(chat, draws, onSent) {
    this.#chat = chat;
    this.#draws = draws;
    this.#onSent = onSent;
    this.#kept = new Draft(chat.state.room);
    this.field.value = this.#kept.text;
    this.#button.replaceChildren();
    this.#label();
    this.#listen();
    this.#resumeReply();
    chat.dispatch({ type: "attachments-changed", attached: this.#kept.pictures });
  }

  /** @param {State} state */
  draw(state) {
    const off = isOff(state);
    if (this.field.disabled !== off) this.#switch(off);
    const now = performance.now();
    const code = holdOf(state, now)?.code;
    const length = this.#length;
    const disable = () => {
      this.#emoji.disabled = off || Boolean(code && code !== "slow");
      // Nothing can be sent during a pause, and what is typed meanwhile isn't lost.
      this.#button.disabled = off || isPaused(state, now, this.#isEditing) || length > state.limits.text;
    };
    drawKeepingFocus(this.#form, disable, () => this.field);
    this.#button.toggleAttribute("data-empty", !length && !pictureCount(state, this.#subject));
    drawCounter(this.#counter, length, state.limits.text);
    if (!sizesItself) fitToText(this.field, this.#form);
  }

  /** Who gets in goes on in the field, unless they are busy elsewhere. @param {boolean} off */
  #switch(off) {
    this.field.disabled = off;
    if (!off && isNowhere(document.activeElement)) this.field.focus();
  }

  get #isEditing() {
    return this.#subject?.what === "edit";
  }

  /** Another message is edited, or none any more. @param {State} state @param {State} before */
  #turnTo(state, before) {
    const { subject } = state;
    if (this.#isEditing && subject?.what === "edit" && subject.seq === this.#subject?.seq) {
      this.#subject = subject; // only the reply that waits behind the edit is another
      return this.#saveDraft();
    }
    const { field } = this;
    // What was to be edited went with the log; what was written stays.
    const isLost = this.#isEditing && state.position?.epoch !== before.position?.epoch;
    const edit = isLost ? [this.#draft, field.value].filter(Boolean).join("\n") : this.#draft;
    const draft = this.#isEditing ? edit : field.value;
    this.#subject = subject;
    this.#draft = draft;
    const text = subject && this.#isEditing ? (messageAt(state, subject.seq)?.text ?? "") : draft;
    if (field.value !== text) {
      field.value = text;
      field.setSelectionRange(text.length, text.length);
    }
    this.#label();
    this.#saveDraft();
  }

  /** The draft goes on as a reply, unless what it replies to is known to be gone. */
  #resumeReply() {
    const { state } = this.#chat;
    const { reply } = this.#kept;
    if (!reply || !state.position) return;
    this.#kept.reply = undefined;
    const { seq, from, epoch } = reply;
    const isGone = epoch !== state.position.epoch || messageAt(state, seq)?.deleted;
    if (state.subject || !this.field.value || isGone) return;
    this.#chat.dispatch({ type: "subject-set", subject: { what: "reply", seq, from } });
  }

  /** What rules held back, or is corrected, is a draft again. @param {State} state @param {State} before */
  #takeBack({ posts }, before) {
    const left = new Set(posts.map(({ id }) => id)); // by id: a post that waits again is another object
    this.#back.push(...before.posts.filter(({ id }) => !left.has(id)).map(({ text }) => text));
    this.#saveDraft();
    this.#composition.after(() => {
      if (this.#isEditing) this.#draft = this.#whole;
      else this.field.value = this.#whole;
      this.#back = [];
    });
  }

  /** The draft, below what is to come back. */
  get #whole() {
    return [...this.#back, this.#isEditing ? this.#draft : this.field.value].filter(Boolean).join("\n");
  }

  /** In characters, as the server counts them. */
  get #length() {
    return [...trimmed(this.field.value)].length;
  }

  #label() {
    labelField(this.field, { send: this.#button, emoji: this.#emoji }, this.#isEditing);
  }

  #listen() {
    onLanguage(() => this.#label());
    this.#chat.listen((state, before, event) => {
      if (state.subject !== before.subject) this.#composition.after(() => this.#turnTo(state, before));
      if (state.attached !== before.attached) this.#saveDraft();
      if (event.type === "welcome") queueMicrotask(() => this.#resumeReply()); // when all have heard of the welcome
      const isHeldBack = event.type === "error" && HOLDS.has(event.code);
      if (isHeldBack || event.type === "post-recalled") this.#takeBack(state, before);
    });
    // An input method selects the word that it changes; what the person had selected is seen before.
    this.field.addEventListener("compositionstart", () => this.#beforeInput(""));
    this.field.addEventListener(
      "beforeinput",
      ({ data, isComposing }) => isComposing || this.#beforeInput(data ?? ""),
    );
    this.field.addEventListener("input", () => this.#onInput());
    this.field.addEventListener("keydown", (event) => this.#onKey(event));
    let isSave = false;
    this.#button.addEventListener("pointerdown", () => {
      isSave = this.#isEditing;
    });
    // What was edited may go during the press: the draft that is in the field then isn't to be sent by it.
    this.#button.addEventListener("click", (event) => {
      if (event.detail && isSave !== this.#isEditing) event.preventDefault();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#composition.finish(); // where a press on the button doesn't end it
      this.#send();
      this.field.focus();
    });
    addEventListener("pagehide", () => this.#saveDraft());
    if (!sizesItself) new ResizeObserver(() => this.#draws.request(this)).observe(this.#form);
  }

  /** Replacing the whole draft starts a new message, so the reply is dropped. @param {string} added */
  #beforeInput(added) {
    const { value, selectionStart, selectionEnd } = this.field;
    const isOver = selectionEnd - selectionStart === value.length && !added.includes(value);
    if (isOver) this.#kept.reply = undefined;
  }

  #onInput() {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => this.#saveDraft(), SAVE_AFTER);
    this.#draws.request(this);
    if (!this.field.value) this.#kept.reply = undefined;
    if (this.field.value) this.#chat.sendTyping();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.key !== "Enter" || isComposing(event) || event.defaultPrevented) return;
    const isCommand = event.ctrlKey || event.metaKey; // on a screen with a keyboard Enter alone breaks the line
    if (event.shiftKey || event.altKey || (onTouch.matches && !isCommand)) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const { state } = this.#chat;
    const text = trimmed(this.field.value);
    const hasContent = text || pictureCount(state, this.#subject);
    if (!hasContent || isOff(state) || this.#length > state.limits.text) return;
    if (isPaused(state, performance.now(), this.#isEditing)) return;
    if (this.#isEditing) return this.#saveEdit(text);
    if (hasPictureProblem(state)) return use(extras.attach, ({ tellProblem }) => tellProblem(state));
    const { reply } = this.#kept;
    this.#kept.reply = undefined;
    this.field.value = ""; // first: what is saved on the way is no draft any more
    this.#chat.post(text, reply);
    this.#saveDraft();
    this.#onSent();
  }

  /** @param {string} text */
  #saveEdit(text) {
    const { state } = this.#chat;
    const { seq = 0 } = this.#subject ?? {};
    const epoch = state.position?.epoch;
    if (state.subject?.what !== "edit" || state.subject.seq !== seq) return; // it ended while a word was composed
    if (messageAt(state, seq)?.text !== text) this.#chat.change({ kind: "edit", seq, epoch, text });
    else this.#chat.dispatch({ type: "subject-set", subject: null });
  }

  #saveDraft() {
    clearTimeout(this.#saveTimer);
    const { position } = this.#chat.state;
    const reply = this.#isEditing ? this.#subject?.back : this.#subject;
    const kept = reply && position && { seq: reply.seq, from: reply.from, epoch: position.epoch };
    this.#kept.save(this.#whole, kept ?? undefined, this.#chat.state.attached);
  }
}
