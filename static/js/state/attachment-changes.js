/**
 * How the pictures of the draft and of posts change while they are uploaded: pure functions, whose result the page
 * dispatches.
 *
 * @import {Attachment, EventOf, Post, State} from "../types.js"
 */

/** @typedef {EventOf<"attachments-changed">} Changed */

/** @param {State} state @param {Attachment[]} pictures @returns {Changed} */
export const attached = ({ attached }, pictures) => ({
  type: "attachments-changed",
  attached: [...attached, ...pictures],
});

/** @param {State} state @param {string} key @returns {Changed} */
export const detached = ({ attached }, key) => ({
  type: "attachments-changed",
  attached: attached.filter((each) => each.key !== key),
});

/**
 * @param {State} state
 * @param {string} key
 * @param {Partial<Attachment>} more   of this one
 * @returns {Changed}
 */
export function amended({ attached, posts }, key, more) {
  const changed = (/** @type {Attachment[]} */ all) =>
    all.map((each) => (each.key === key ? { ...each, ...more } : each));
  return {
    type: "attachments-changed",
    attached: changed(attached),
    posts: posts.map((post) =>
      post.pictures?.some((each) => each.key === key)
        ? whenUploaded({ ...post, pictures: changed(post.pictures) })
        : post,
    ),
  };
}

/**
 * @param {Post} post
 * @returns {Post} which waits no longer for its pictures, if they are there or won't come
 */
function whenUploaded(post) {
  const { status, pictures = [] } = post;
  if (status !== "uploading") return post;
  if (pictures.some(({ code }) => code)) return { ...post, status: "failed", code: "pictures" };
  return pictures.every(({ receipt }) => receipt) ? { ...post, status: "waiting" } : post;
}
