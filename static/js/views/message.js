/**
 * One message, from its author's avatar to its status.
 *
 * @import {MessageItem, Person, Post} from "../types.js"
 * @import {Token} from "../markup.js"
 */
import { html, nothing } from "../../vendor/vendor.js";
import { hues } from "../hues.js";
import { clock, shortClock, t } from "../i18n.js";
import { initials, isLong, tokens } from "../markup.js";

/**
 * @typedef {object} Reader   the person in front of the page
 * @property {string} id
 * @property {string} name   for mentions
 * @property {ReadonlySet<string>} unfolded   keys of long messages that are shown in full
 * @property {(key: string) => void} fold   shows a message in full, or folds it again
 *
 * @typedef {Pick<MessageItem, "from" | "text" | "time" | "seq" | "outside">} Content
 */

/** @param {Person | MessageItem["from"]} person @param {boolean} [isProgram] */
export const avatar = ({ name }, isProgram = false) =>
  html`<span class="avatar" data-hue=${hues.of(name)} ?data-program=${isProgram} aria-hidden="true">${initials(name)}</span>`;

/** @param {Token} token */
function tokenView(token) {
  switch (token.type) {
    case "link":
      return html`<a href=${token.href} target="_blank" rel="noopener noreferrer nofollow" tabindex="-1">${token.value}</a>`;
    case "code":
      return html`<code dir="ltr">${token.value}</code>`;
    case "fence":
      return html`<pre dir="ltr"><code>${token.value}</code></pre>`;
    case "mention":
      return html`<span class="mention">${token.value}</span>`;
    case "me":
      return html`<mark class="mention-me">${token.value}</mark>`;
    default:
      return token.value;
  }
}

/** @param {Token[]} parts   a single text, as in most messages, needs no list of nodes */
const textView = (parts) =>
  parts.length === 1 && parts[0].type === "text" ? parts[0].value : parts.map(tokenView);

/** @param {string} key @param {boolean} folded @param {Reader} reader */
function foldView(key, folded, reader) {
  const label = t(folded ? "unfold" : "fold");
  return html`<button class="button-text unfold" type="button" tabindex="-1" aria-expanded=${!folded} @click=${() => reader.fold(key)}>${label}</button>`;
}

/**
 * @param {Date} date
 * @param {number | undefined} seq
 * @param {boolean} grouped   it stands where the avatar would, which is narrow
 */
function timeView(date, seq, grouped) {
  const shown = grouped ? shortClock(date) : clock(date);
  const time = html`<time datetime=${date.toISOString()}>${shown}</time>`;
  return seq
    ? html`<a class="time" href=${`#m${seq}`} tabindex="-1" aria-label=${t("link-to-message", { time: clock(date) })}>${time}</a>`
    : html`<span class="time">${time}</span>`;
}

/** @param {Content} message @param {boolean} own @param {boolean} grouped   with the message above */
function headView({ from, time, seq, outside }, own, grouped) {
  const when = timeView(new Date(time), seq, grouped);
  if (grouped) return html`${when}<bdi class="visually-hidden">${from.name}: </bdi>`;
  const you = own ? html`<span class="author-you">(${t("people-you")})</span>` : nothing;
  const badge = outside ? html`<span class="outside">${t("outside")}</span>` : nothing;
  return html`${avatar(from, outside)}<div class="byline"><bdi class="author" data-hue=${hues.of(from.name)}>${from.name}</bdi>${you}${badge}${when}</div>`;
}

/**
 * A message or a post. The template has no white space around the text, which is preformatted.
 *
 * @param {string} key
 * @param {Content} message
 * @param {boolean} grouped
 * @param {Reader} reader
 * @param {{status?: string, post?: string, footer?: unknown}} [more]
 */
function articleView(key, message, grouped, reader, { status, post, footer = nothing } = {}) {
  const { from, text } = message;
  const own = from.id !== undefined && from.id === reader.id;
  const parts = tokens(text, reader.name);
  const forMe = !own && parts.some(({ type }) => type === "me");
  const long = isLong(text);
  const folded = long && !reader.unfolded.has(key);
  return html`<article class="message" id=${key} data-key=${key} data-post=${post ?? nothing} data-status=${status ?? nothing} tabindex="-1"
    ?data-grouped=${grouped} ?data-own=${own} ?data-for-me=${forMe}>${headView(message, own, grouped)}<div
    class="text" dir="auto" ?data-folded=${folded}>${textView(parts)}</div>${long ? foldView(key, folded, reader) : nothing}${footer}</article>`;
}

/** @param {MessageItem} item @param {boolean} grouped @param {Reader} reader */
export const messageView = (item, grouped, reader) => articleView(item.key, item, grouped, reader);

/** @typedef {{retry: (id: string) => void, discard: (id: string) => void}} PostActions */

/** @param {Post} post @param {PostActions} on */
function statusView({ id, status, code }, on) {
  if (status === "waiting") return html`<div class="post-status">${t("post-waiting")}</div>`;
  if (status !== "failed") return nothing;
  return html`<div class="post-status"><span>${t(code === "old" ? "post-old" : "post-failed")}</span>
    <span aria-hidden="true">·</span><button class="button-text" type="button" tabindex="-1" @click=${() => on.retry(id)}>${t("post-retry")}</button>
    <span aria-hidden="true">·</span><button class="button-text" type="button" tabindex="-1" @click=${() => on.discard(id)}>${t("post-discard")}</button></div>`;
}

/** @param {Post} post @param {boolean} grouped @param {Reader} reader @param {PostActions} on */
export function postView(post, grouped, reader, on) {
  const message = { from: { id: reader.id, name: reader.name }, text: post.text, time: post.time };
  const footer = statusView(post, on);
  return articleView(post.id, message, grouped, reader, { status: post.status, post: post.id, footer });
}
