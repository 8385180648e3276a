/**
 * The subject: the message that the field is about, while one is answered or edited there. Behind an edit a reply may
 * wait, which is gone on with afterwards.
 *
 * @import {Change, Subject} from "../types.js"
 */

/**
 * @param {Subject | null} before
 * @param {Subject | null} next   null: back to the reply that an edit interrupted
 * @returns {Subject | null}
 */
export function subjectAfter(before, next) {
  const reply = before?.what === "edit" ? before.back : before;
  if (!next) return reply && before?.what === "edit" ? reply : null;
  return next.what === "edit" && reply ? { ...next, back: reply } : next;
}

/** @param {Subject | null} subject @param {(seq: number) => boolean} isGone @returns {Subject | null} */
export function subjectWithout(subject, isGone) {
  const back = subject?.back && !isGone(subject.back.seq) ? subject.back : undefined;
  if (!subject || isGone(subject.seq)) return back ?? null;
  return subject.back && !back ? { ...subject, back } : subject;
}

/** @param {Subject | null} subject @param {Change} change   of one's own @returns {Subject | null} */
export function subjectAfterChange(subject, { kind, seq }) {
  if (kind === "delete") return subjectWithout(subject, (each) => each === seq);
  return kind === "edit" && subject?.what === "edit" && subject.seq === seq
    ? (subject.back ?? null)
    : subject;
}

/**
 * @param {Subject | null} subject
 * @param {Subject} reply   of what is a draft again, unless the field is about another by now
 * @returns {Subject}
 */
export const subjectWith = (subject, reply) =>
  subject?.what === "edit" ? { ...subject, back: subject.back ?? reply } : (subject ?? reply);
