/**
 * The person's posts that aren't messages yet, below the list's last row.
 *
 * @import {Item, Post} from "../../types.js"
 * @import {Reader} from "./message.js"
 * @import {Authored} from "./groups.js"
 */
import { html, repeat } from "../../../vendor/vendor.js";
import { t } from "../../i18n/i18n.js";
import { tell } from "../../lazy-modules.js";
import { isGrouped } from "./groups.js";
import { postView } from "./message.js";

/** @param {Post[]} posts @param {Item | undefined} above   the room's last row @param {Reader} reader */
export function postsView(posts, above, reader) {
  const { id, name, chat } = reader;
  const on = {
    retry: (/** @type {string} */ id) => chat.dispatch({ type: "post-retried", id }),
    correct: (/** @type {string} */ id) => {
      // Behind an edit its text would be nowhere in sight.
      if (chat.state.subject?.what === "edit") tell(t("edit-first"));
      else chat.dispatch({ type: "post-recalled", id });
      document.getElementById("field")?.focus();
    },
    discard: (/** @type {string} */ id) => chat.dispatch({ type: "post-discarded", id }),
  };
  /** @type {Authored | null} */
  let previous = above?.kind === "message" ? above : null;
  const rows = repeat(
    posts,
    (post) => post.id,
    (post) => {
      const authored = { from: { id, name }, time: post.time };
      const grouped = isGrouped(previous, authored);
      previous = authored;
      return postView(post, grouped, reader, on);
    },
  );
  return html`<div class="chunk">${rows}</div>`;
}
