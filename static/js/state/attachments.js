/**
 * Pictures of the draft and of posts, until they are in the room. How they change is in attachment-changes.js, which is
 * fetched with what uploads them.
 *
 * @import {Attachment, Post, State, Subject} from "../types.js"
 */
import { messageAt } from "./changes.js";

/** @param {Post} post @returns {Attachment[]} without receipts that the server doesn't take any more */
const picturesOf = ({ pictures = [], code }) =>
  code === "picture_invalid" ? pictures.map((each) => ({ ...each, receipt: undefined })) : pictures;

/**
 * @param {State} state
 * @param {(post: Post) => boolean} isBack   whether its text goes back into the field (see `Composer`)
 * @returns {Pick<State, "posts" | "attached">} where its pictures are the draft's again
 */
export const takenBack = ({ posts, attached }, isBack) => ({
  posts: posts.filter((post) => !isBack(post)),
  attached: [...posts.filter(isBack).flatMap(picturesOf), ...attached],
});

/**
 * @param {State} state
 * @param {Subject | null} subject   of the field
 * @returns {number | undefined} how many pictures there are to what is written: it needs no text then
 */
export const pictureCount = (state, subject) =>
  (subject?.what === "edit" ? messageAt(state, subject.seq)?.pictures : state.attached)?.length;

/** @param {State} state @returns {boolean} whether a picture of the draft has failed, or it has too many */
export const hasPictureProblem = ({ attached, limits: { pictures = Infinity } }) =>
  attached.some(({ code }) => code) || attached.length > pictures;
