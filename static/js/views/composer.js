/**
 * The field that people write in, and its button. What is in it is never lost: it is kept as a draft until it is sent.
 *
 * @import {Chat} from "../chat.js"
 * @import {State} from "../types.js"
 */

import { number, onLanguage, t } from "../i18n.js";
import { load, save } from "../prefs.js";

/** From this part of the limit on the field says how much is left. */
const COUNT_FROM = 0.9;
const SAVE_AFTER = 300;

/** @param {Chat} chat @param {{onSent: () => void}} on */
export function composerView(chat, { onSent }) {
  const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const form = /** @type {HTMLFormElement} */ (byId("composer"));
  const field = /** @type {HTMLTextAreaElement} */ (byId("field"));
  const button = /** @type {HTMLButtonElement} */ (byId("send"));
  const counter = /** @type {HTMLOutputElement} */ (byId("counter"));
  const draftKey = `wschat.draft.${chat.state.room}`;
  const onTouch = matchMedia("(hover: none) and (pointer: coarse)");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let saving;

  field.value = load(draftKey) ?? "";
  let kept = field.value;

  /** Other tabs of the room have the same draft: one in which nothing was written leaves it alone. */
  function saveDraft() {
    clearTimeout(saving);
    if (field.value === kept) return;
    kept = field.value;
    save(draftKey, kept);
  }

  /** @param {State} state @returns {boolean} */
  const isPaused = ({ pause }) => pause.code === "rate_limited" && pause.until > Date.now();

  /** @param {State} state */
  const isOff = ({ connection: { phase }, refusal }) =>
    ["idle", "removed", "expired"].includes(phase) || refusal !== null;

  /** Characters as the server counts them. */
  const length = () => [...field.value.trim()].length;

  function send() {
    const { state } = chat;
    const text = field.value.trim();
    if (!text || isOff(state) || isPaused(state) || length() > state.limits.text) return;
    if (state.connection.phase === "stopped") chat.reconnect();
    chat.post(text);
    field.value = "";
    saveDraft();
    draw(chat.state);
    onSent();
  }

  function label() {
    button.textContent = t("send");
    field.placeholder = t("field-placeholder");
    field.labels[0].textContent = t("field-label");
  }
  label();
  onLanguage(label);

  /** @param {State} state */
  function draw(state) {
    const off = isOff(state);
    const paused = isPaused(state);
    if (field.disabled !== off) field.disabled = off;
    if (field.readOnly !== paused) field.readOnly = paused;
    const left = state.limits.text - length();
    button.disabled = off || paused || left < 0;
    counter.hidden = length() < state.limits.text * COUNT_FROM;
    counter.toggleAttribute("data-over", left < 0);
    counter.textContent = counter.hidden
      ? ""
      : left < 0
        ? t("over-limit", { count: number(-left) })
        : t("left-to-limit", { count: number(left) });
    if (!CSS.supports("field-sizing", "content")) field.rows = Math.min(8, field.value.split("\n").length);
  }

  field.addEventListener("input", () => {
    clearTimeout(saving);
    saving = setTimeout(saveDraft, SAVE_AFTER);
    draw(chat.state);
    if (field.value) chat.sendTyping();
  });
  field.addEventListener("keydown", (event) => {
    // The Enter that ends a composition of an input method belongs to it; Safari marks it by 229 only.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    if (event.shiftKey || event.altKey || onTouch.matches) return;
    event.preventDefault();
    send();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
    field.focus();
  });
  addEventListener("pagehide", saveDraft);

  return { draw, field };
}
