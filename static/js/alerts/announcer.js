/**
 * Announces to screen readers what is new: messages, at most one sentence a second, of which many are
 * counted; deletions; edits of the message that has the focus; posts that failed; and how much more the field
 * takes, when that is little.
 *
 * @import {Picture, State, WireMessage} from "../types.js"
 */

import { cutText, failureText, isolate, number, t, withPictures } from "../i18n/i18n.js";
import { changeTexts } from "../i18n/rule-texts.js";
import { messageAt } from "../state/changes.js";
import { lastItem } from "../state/timeline.js";
import { plainText } from "../text/plain.js";

/** Time between two announcements (ms). */
const INTERVAL = 1_000;
/** Only the beginning of a long message is read out (characters). */
const MAX_LENGTH = 300;

/**
 * @typedef {{name: string, text: string, pictures?: Picture[], to?: string, seq?: number}} News   `to`: whom it
 *   answers; "": the listener
 */

/** @type {News[]} */
let pending = [];
/** What the page still says the text of. @type {News | undefined} */
let said;
/** @type {Set<string>} sentences about what has changed */
let changes = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {News[]} messages @returns {string} one sentence for all of them */
export function sentence(messages) {
  if (messages.length > 1) return t("announce-many", { n: messages.length, count: number(messages.length) });
  const [{ name, text, pictures, to }] = messages;
  const said = { name: isolate(name), text: cutText(withPictures(pictures, plainText(text)), MAX_LENGTH) };
  if (to === undefined) return t("announce", said);
  return to ? t("announce-reply", { ...said, to: isolate(to) }) : t("announce-reply-me", said);
}

function announcePending() {
  timer = undefined;
  if (!pending.length && !changes.size) return;
  const announcer = document.getElementById("announcer");
  if (announcer)
    announcer.textContent = [...changes, ...(pending.length ? [sentence(pending)] : [])].join(" ");
  said = pending.length === 1 ? pending[0] : undefined;
  pending = [];
  changes = new Set();
  timer = setTimeout(announcePending, INTERVAL);
}

/** @param {WireMessage[]} messages   new ones, perhaps among changes @param {State} state */
export function announce(messages, { me }) {
  for (const { seq, from, text, pictures, reply } of messages) {
    if (text === undefined || (from.id !== undefined && from.id === me?.id)) continue;
    const to = reply && (reply.from.id === me?.id ? "" : reply.from.name);
    pending.push({ name: from.name, text, pictures, to, seq });
  }
  if (!timer) announcePending();
}

/** The room's log is lost, or a moderator has cleared it: nothing of it is read out any more, or found. */
export function forgetAnnounced() {
  pending = [];
  changes = new Set();
  clear();
}

function clear() {
  said = undefined;
  document.getElementById("announcer")?.replaceChildren();
}

/** @param {(seq: number) => boolean} isGone   its message: what was said of it goes, too */
function forget(isGone) {
  pending = pending.filter(({ seq }) => !seq || !isGone(seq));
  if (said?.seq && isGone(said.seq)) clear();
}

/** @param {State} state   after a loss, in which messages may have been deleted, and which the page may lack now */
export const followAnnounced = (state) =>
  forget((seq) => messageAt(state, seq)?.deleted ?? !messageAt(state, seq));

/** @param {WireMessage} message   as it is now @param {State} state @param {State} before */
export function announceChange({ seq = 0, from, text = "", pictures, deleted, moderated }, state, before) {
  if (deleted) forget((each) => each === seq);
  const known = messageAt(before, seq);
  const was = known?.base ?? known;
  if (!known || !was || was.deleted) return;
  const isFocused = document.activeElement?.getAttribute("data-key") === known.key;
  if (deleted) {
    const own = moderated ? "announce-deleted-moderated" : "announce-deleted-own";
    changes.add(t(from.id === state.me?.id ? own : "announce-deleted", { name: isolate(from.name) }));
  } else if (isFocused && was.text !== text) {
    changes.add(t("announce-edited", { text: cutText(withPictures(pictures, plainText(text)), MAX_LENGTH) }));
  }
  if (changes.size && !timer) announcePending();
}

/**
 * @param {State} state   in which a post may have failed that had not in the state before
 * @param {State} before
 */
export function announceFailures({ posts }, before) {
  const failed = new Set(before.posts.flatMap(({ id, status }) => (status === "failed" ? id : [])));
  for (const { id, status, code } of posts)
    if (status === "failed" && !failed.has(id)) changes.add(failureText(code));
  if (changes.size && !timer) announcePending();
}

/** What was said last of the room's rules. @type {string[]} */
let ofRules = [];

/**
 * @param {string} text   what keeps the person from posting: in place of the rules that it comes of, if nothing else
 *   was said since
 */
export function announceHold(text) {
  const announcer = document.getElementById("announcer");
  for (const each of ofRules) changes.delete(each);
  if (announcer && ofRules.length && announcer.textContent === ofRules.join(" "))
    announcer.textContent = text;
  else announceText(text);
}

/** @param {string} text   that has come into the page, and isn't within a live region */
export function announceText(text) {
  changes.add(text);
  if (!timer) announcePending();
}

/** With so few characters left the reader is told, and when there are too many; not at each key. */
const FEW = [100, 20, 0, -1];
/** Characters that were left when the reader was told last, or could have been. */
let leftBefore = Infinity;

/** @param {number} left   characters that the field still takes; less than 0: too many */
export function announceLeft(left) {
  const isTold = FEW.some((few) => left <= few && few < leftBefore);
  leftBefore = left;
  if (!isTold) return;
  const over = Math.max(0, -left);
  changes.add(
    over ? t("over-limit", { n: over, count: number(over) }) : t("left-to-limit", { count: number(left) }),
  );
  if (!timer) announcePending();
}

/** @param {State} state   after the rules of the room have changed @param {State} before */
export function announceRules({ timeline }, before) {
  const item = lastItem(timeline);
  if (item?.kind !== "rules" || item === lastItem(before.timeline)) return;
  ofRules = changeTexts(item);
  for (const text of ofRules) changes.add(text);
  if (!timer) announcePending();
}
