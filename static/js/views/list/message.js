/**
 * One message, from its author's avatar to its status.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {Attachment, MessageItem, Picture, Post} from "../../types.js"
 * @import {Token} from "../../text/markup.js"
 * @import {Names} from "../../text/names.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { clock, failureText, number, shortClock, t } from "../../i18n/i18n.js";
import { isEmojiOnly, isForMe, isLong, tokens } from "../../text/markup.js";
import { hues } from "../people/person-colours.js";
import { avatar, markView } from "../people/person-marks.js";
import { textView } from "./message-text.js";

/**
 * @typedef {object} Reader   the person in front of the page
 * @property {string} id
 * @property {string} name
 * @property {Names} names   of the people that a message may mention
 * @property {ReadonlySet<string>} unfolded   keys of long messages that are shown in full
 * @property {(key: string) => void} fold   shows a message in full, or folds it again
 * @property {typeof import("./message-parts.js") | undefined} parts   undefined: not fetched yet
 * @property {(seq: number) => MessageItem | null | undefined} quoted   the message that another one replies to
 * @property {(seq: number) => void} goTo   goes to a message
 * @property {string | undefined} epoch   of the room's log
 * @property {string} moderators   ids of those who are online, between spaces
 * @property {Chat} chat
 *
 * @typedef {Pick<MessageItem, "from" | "text" | "time" | "outside" | "hook" | "edited" | "deleted" | "moderated" |
 *            "run" | "reply" | "pending"> & {pictures?: (Picture | Attachment)[]}} Content
 */

/**
 * What each message says is worked out once, and again when the people change whom it may mention.
 *
 * @type {WeakMap<MessageItem | Post, {stamp: string, own: boolean, parts: Token[]}>}
 */
const parsed = new WeakMap();

/**
 * @param {MessageItem | Post} item
 * @param {Names} names
 * @param {boolean} own
 * @returns {Token[]} of its text
 */
export function partsOf(item, names, own) {
  const stamp = names.stampFor(item.text);
  const known = parsed.get(item);
  if (known?.stamp === stamp && known.own === own) return known.parts;
  const parts = tokens(item.text, own ? names.ofReader : names);
  parsed.set(item, { stamp, own, parts });
  return parts;
}

/**
 * @param {Pick<Content, "from">} message
 * @param {Pick<Reader, "id">} reader
 * @returns {boolean} whether the reader wrote it
 */
export const isOwn = ({ from }, { id }) => from.id !== undefined && from.id === id;

/** @param {string} key @param {boolean} folded @param {Reader} reader */
function foldView(key, folded, reader) {
  const label = t(folded ? "unfold" : "fold");
  return html`<button class="button-text unfold" type="button" tabindex="-1" aria-expanded=${!folded} @click=${() => reader.fold(key)}>${label}</button>`;
}

/**
 * The link to a message is in its menu.
 *
 * @param {Date} date
 * @param {boolean} grouped   it stands where the avatar would, which is narrow
 */
const timeView = (date, grouped) =>
  html`<time class="time" datetime=${date.toISOString()}>${grouped ? shortClock(date) : clock(date)}</time>`;

/**
 * @param {string} key
 * @param {Content} message
 * @param {boolean} own
 * @param {boolean} grouped   with the message above
 * @param {Reader} reader
 */
function headView(key, { from, time, outside, hook }, own, grouped, { moderators }) {
  const when = timeView(new Date(time), grouped);
  if (grouped) return html`${when}<bdi class="visually-hidden" id=${`${key}-by`}>${from.name}: </bdi>`;
  const mark = moderators.includes(` ${from.id} `) ? markView(`${key}-mark`) : nothing;
  const you = own ? html`<span class="author-you">(${t("people-you")})</span>` : nothing;
  const isProgram = outside || hook;
  const badge = isProgram ? html`<span class="outside" id=${`${key}-mark`}>${t("outside")}</span>` : nothing;
  return html`${avatar(from, isProgram)}<div class="byline"><bdi class="author" id=${`${key}-by`} data-hue=${hues.of(from.name)} ?data-program=${isProgram}>${from.name}</bdi>${mark}${you}${badge}${when}</div>`;
}

/** @param {boolean} [moderated] @returns {string} id of what is said of a deleted message */
export const tombstone = (moderated) => (moderated ? "deleted-moderated" : "deleted");

/**
 * @param {string} key
 * @param {Content} message
 * @param {Token[]} parts   of its text
 * @param {boolean} folded
 * @returns {unknown} what it says
 */
function contentView(key, { text, edited, deleted, moderated, run, pending }, parts, folded) {
  if (deleted) {
    const said = run
      ? t("deleted-run", { n: run, count: number(run) })
      : t(pending ? "deleting" : tombstone(moderated));
    return html`<div class="tombstone" id=${`${key}-text`}>${said}</div>`;
  }
  const view = html`<div
    class="text" id=${`${key}-text`} dir="auto" translate="yes" ?data-folded=${folded} ?data-emoji=${isEmojiOnly(text)}>${textView(parts)}</div>`;
  if (!edited) return view;
  const isPending = pending?.some(({ kind }) => kind === "edit");
  return html`<div class="said">${view}<time class="edited" id=${`${key}-edited`} datetime=${edited}>${t(isPending ? "saving" : "edited")}</time></div>`;
}

/**
 * A message or a post. The template has no white space around the text, which is preformatted.
 *
 * @param {string} key
 * @param {Content} message
 * @param {Token[]} parts   of its text
 * @param {boolean} grouped
 * @param {Reader} reader
 * @param {{status?: string, post?: string, footer?: unknown}} [more]
 */
function articleView(key, message, parts, grouped, reader, { status, post, footer = nothing } = {}) {
  const { from, text, pictures, reply, deleted, pending } = message;
  const own = isOwn(message, reader);
  const forMe = !own && !deleted && (isForMe(parts) || reply?.from.id === reader.id);
  const long = isLong(text);
  const folded = long && !reader.unfolded.has(key);
  // Until its parts are fetched, their place is kept.
  const quote = reply
    ? (reader.parts?.quoteView(key, reply, reader) ?? html`<div class="quote"></div>`)
    : nothing;
  const shown = pictures
    ? (reader.parts?.picturesView(key, pictures, from.name, reader.chat.state.room) ??
      html`<div class="pictures"></div>`)
    : nothing;
  return html`<article class="message" id=${key} data-key=${key} data-post=${post ?? nothing} data-status=${status ?? nothing} tabindex="-1"
    aria-labelledby=${`${key}-by ${key}-mark ${key}-reply ${key}-pictures ${key}-text ${key}-edited ${key}-reactions ${key}-status`} ?data-grouped=${grouped} ?data-own=${own} ?data-for-me=${forMe}
    ?data-deleted=${deleted} ?data-pending=${Boolean(pending)}>${headView(key, message, own, grouped, reader)}${quote}${shown}${contentView(key, message, parts, folded)}${long ? foldView(key, folded, reader) : nothing}${footer}</article>`;
}

/** @param {MessageItem} item @param {boolean} grouped @param {Reader} reader */
export function messageView(item, grouped, reader) {
  const isReactedTo = item.reactions?.length;
  const reactions = reader.parts?.reactionsView(item, reader) ?? html`<div class="reactions"></div>`;
  return articleView(item.key, item, partsOf(item, reader.names, isOwn(item, reader)), grouped, reader, {
    footer: isReactedTo ? reactions : nothing,
  });
}

/** @param {MessageItem} item   of which only the text can be shown, whatever is wrong with it */
export const plainView = ({
  key,
  text,
}) => html`<article class="message" id=${key} data-key=${key} tabindex="-1"><div
    class="text" dir="auto" translate="yes">${String(text)}</div></article>`;

/** @typedef {Record<"retry" | "correct" | "discard", (id: string) => void>} PostActions */

/** @param {Post} post @param {PostActions} on */
function statusView({ id, status, code }, on) {
  if (status === "waiting")
    return html`<div class="post-status" id=${`${id}-status`}>${t("post-waiting")}</div>`;
  const isUploading = status === "uploading";
  if (status !== "failed" && !isUploading) return nothing;
  // What the server says of the text stays so, however often it is sent; pictures are seen to above the field.
  const isForField = isUploading || /^(text_|picture)/.test(code ?? "");
  const again = code === "edit" ? "post-anew" : isForField ? "post-correct" : "post-retry";
  const act = isForField ? on.correct : on.retry;
  return html`<div class="post-status"><span id=${`${id}-status`}>${isUploading ? t("post-uploading") : failureText(code)}</span>
    <button class="button-text" type="button" tabindex="-1" @click=${() => act(id)}>${t(again)}</button>
    <span aria-hidden="true">·</span><button class="button-text" type="button" tabindex="-1" @click=${() => on.discard(id)}>${t("post-discard")}</button></div>`;
}

/** @param {Post} post @param {boolean} grouped @param {Reader} reader @param {PostActions} on */
export function postView(post, grouped, reader, on) {
  const { text, pictures, time } = post;
  const reply = post.reply?.epoch === reader.epoch ? post.reply : undefined;
  const message = { from: { id: reader.id, name: reader.name }, text, pictures, time, reply };
  const footer = statusView(post, on);
  const parts = partsOf(post, reader.names, true);
  return articleView(post.id, message, parts, grouped, reader, {
    status: post.status,
    post: post.id,
    footer,
  });
}
