/**
 * What moderators do, as commands to the server; and whom they have muted or removed, as far as it is known.
 *
 * @import {Chat} from "./chat.js"
 * @import {Person, State} from "../types.js"
 */
import { duration, termText } from "../i18n/durations.js";
import { isolate, number, t } from "../i18n/i18n.js";
import { isModerator } from "../state/rules.js";
import { showToast } from "../views/overlays/toast.js";

/**
 * @typedef {"mute" | "remove"} BarAct
 * @typedef {BarAct | "erase"} TermAct   for a time that is asked for
 * @typedef {{person: Person, act: BarAct, seconds: number, by: Person, time: string, reason?: string}} Bar   `seconds` that are left, 0: for good
 * @typedef {{act: string, by: Person, time: string, person?: Person, seconds?: number, on?: boolean, seq?: number, reason?: string}} Act
 * @typedef {{barred: Bar[], acts: Act[], at: number}} ModerationRecord   `at`: when the server said so (ms since the page was opened)
 * @typedef {{erased?: number, more?: boolean}} Answer   to `erase`: how many messages are deleted, whether there are older ones
 *
 * @typedef {{person?: string, seq?: number, epoch?: string, seconds?: number, on?: boolean, text?: string}} Fields   of `moderate`
 */

/** How long mutes and removals last (s); 0: for good. */
export const TERMS = [600, 3_600, 86_400, 0];
/** What was written in so many seconds can be erased; 0: everything. */
export const SPANS = [3_600, 86_400, 0];
/** To erase, the server may read the whole log, and deletes up to 1,000 messages: 7 s were seen in a room of 8,000 (ms). */
const ERASE_TIMEOUT = 60_000;
/** A menu waits for who is muted or removed, but not longer than this (ms). */
const PATIENCE = 500;
/** The server erases so many messages at a time, the newest ones. */
export const ERASED_MAX = 1000;

/** @param {number} seconds   0: everything @returns {string} «за последний час», «все» */
export function spanText(seconds) {
  const text = t(`span-${seconds}`);
  return text === `span-${seconds}` ? t("span-other", { time: duration(seconds) }) : text;
}

/** @param {TermAct} act @param {string} name @param {number} seconds @returns {string} what was done: «Удалены все сообщения. Автор: Борис» */
export function barredText(act, name, seconds) {
  const term = act === "erase" ? spanText(seconds) : termText(seconds);
  return t(`act-${act}`, { name: isolate(name), term, all: String(!seconds) });
}

/** @param {{code: string, limit?: number}} error @returns {string} */
function errorText({ code, limit = 0 }) {
  const id = `moderation-error-${code}`;
  const text = t(id, { limit });
  return text === id ? t("moderation-error-other") : text;
}

/**
 * @param {Chat} chat
 * @param {string} act   see `moderate` in docs/protocol.md
 * @param {Fields} [fields]
 * @param {string | ((answer: Answer) => string)} [done]   what is said then
 * @returns {Promise<boolean>} whether it is so now; what went wrong was said
 */
export async function moderate(chat, act, fields = {}, done = "") {
  if (act === "erase") showToast(t("moderation-erasing"));
  try {
    const patience = act === "erase" ? ERASE_TIMEOUT : undefined;
    const answer = await chat.request({ type: "moderate", act, ...fields }, patience);
    if (done) showToast(typeof done === "string" ? done : done(answer));
    return true;
  } catch (error) {
    showToast(errorText(/** @type {{code: string}} */ (error)));
    return false;
  }
}

/**
 * @param {Chat} chat
 * @param {Person} person   whose messages are deleted
 * @param {number} seconds   in which they were written, 0: everything
 */
export const erase = (chat, { id, name }, seconds) =>
  moderate(chat, "erase", { person: id, seconds }, ({ erased = 0, more = false }) =>
    more
      ? t("act-erase-part", { name: isolate(name), count: number(erased) })
      : barredText("erase", name, seconds),
  );

/** @param {Chat} chat @returns {Promise<ModerationRecord | null>} null: there was no answer */
export async function loadRecord(chat) {
  const answer = await chat.request({ type: "moderate", act: "barred" }).catch(() => null);
  return answer && { barred: answer.barred ?? [], acts: answer.acts ?? [], at: performance.now() };
}

/**
 * @param {Chat} chat
 * @param {string} id   of somebody whose menu is to open
 * @returns {Promise<BarAct[]>} what they are kept from, as far as the server says so in time
 */
export async function barsOf(chat, id) {
  /** @type {Promise<null>} */
  const patience = new Promise((done) => setTimeout(done, PATIENCE, null));
  const record = await Promise.race([loadRecord(chat), patience]);
  return record?.barred.flatMap(({ person, act }) => (person.id === id ? act : [])) ?? [];
}

/** @param {Chat} chat @param {Person} person */
export const letIn = (chat, { id, name }) =>
  moderate(chat, "let_in", { person: id }, t("moderation-let-in-done", { name: isolate(name) }));

/** @param {Chat} chat @param {HTMLDialogElement} dialog   of a moderator; it is closed when the person is none any more */
export function closeWithRole(chat, dialog) {
  const follow = (/** @type {State} */ state) => {
    if (!isModerator(state)) dialog.close();
  };
  dialog.addEventListener("close", chat.listen(follow));
  follow(chat.state); // its code, or an answer, may have been awaited first
}

/** @param {State} state @param {string | undefined} id   of somebody @returns {boolean} whether the person may mute and remove them */
export function mayBar(state, id) {
  const { me, online } = state;
  const isTheirs = id !== undefined && id !== me?.id;
  return isTheirs && isModerator(state) && !online.people.some((each) => each.id === id && isModerator(each));
}
