/**
 * What moderators do, as commands to the server; and whom they have muted or removed, as far as it is known.
 *
 * @import {Chat} from "./chat.js"
 * @import {BarAct, Person} from "../types.js"
 */

/**
 * @typedef {{person: Person, act: BarAct, seconds: number, by: Person, time: string, reason?: string}} Bar
 *   `seconds` that are left, 0: for good
 * @typedef {{act: string, by: Person, time: string, person?: Person, seconds?: number, on?: boolean, seq?: number,
 *            reason?: string}} Act
 * @typedef {{barred: Bar[], acts: Act[], at: number}} ModerationRecord   `at`: when the server said so (ms
 *   since the page was opened)
 * @typedef {{erased?: number, more?: boolean}} Answer   to `erase`: how many messages are deleted, whether
 *   there are older ones
 *
 * @typedef {{person?: string, seq?: number, epoch?: string, seconds?: number, on?: boolean, text?: string}} Fields
 *   of `moderate`
 */

/** How long mutes and removals last (s); 0: for good. */
export const TERMS = [600, 3_600, 86_400, 0];
/** What was written in so many seconds can be erased; 0: everything. */
export const SPANS = [3_600, 86_400, 0];
/**
 * To erase, the server may read the whole log, and deletes up to 1,000 messages: 7 s were seen in a room of
 * 8,000 (ms).
 */
const ERASE_TIMEOUT = 60_000;
/** A menu waits for who is muted or removed, but not longer than this (ms). */
const PATIENCE = 500;
/** The server erases so many messages at a time, the newest ones. */
export const ERASED_MAX = 1000;

/**
 * @param {Chat} chat
 * @param {string} act   see `moderate` in docs/protocol.md
 * @param {Fields} fields
 * @returns {Promise<Answer>} when it is so; rejects with the server's error
 */
export const requestAct = (chat, act, fields) =>
  chat.request({ type: "moderate", act, ...fields }, act === "erase" ? ERASE_TIMEOUT : undefined);

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
