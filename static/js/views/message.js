/**
 * One message, from its author's avatar to its status.
 *
 * @import {MessageItem, Post} from "../types.js"
 * @import {Token} from "../markup.js"
 */
import { html, nothing } from "../../vendor/vendor.js";
import { clock, t } from "../i18n.js";
import { hueOf, initials, isLong, tokens } from "../markup.js";

const HUES = 10;

/**
 * @typedef {object} Look   what drawing a message depends on besides the message
 * @property {string} me   the id of the one who reads
 * @property {string} name   their name, for mentions
 * @property {ReadonlySet<string>} unfolded   keys of the long messages that are shown in full
 * @property {(key: string) => void} fold   shows one in full, or folds it again
 */

/** @param {{id?: string, name: string}} person */
export const avatar = ({ id, name }) =>
  html`<span class="avatar" data-hue=${hueOf(id ?? name, HUES)} aria-hidden="true">${initials(name)}</span>`;

/** @param {Token} token */
function node(token) {
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

/** @param {Token[]} parts   most messages are one piece of text, which needs no list of nodes */
const nodes = (parts) => (parts.length === 1 && parts[0].type === "text" ? parts[0].value : parts.map(node));

/**
 * @param {string} key
 * @param {boolean} folded
 * @param {Look} look
 */
function unfoldView(key, folded, look) {
  const toggle = () => look.fold(key);
  return html`<button class="button-text unfold" type="button" tabindex="-1" aria-expanded=${!folded} @click=${toggle}>${t(folded ? "unfold" : "fold")}</button>`;
}

/** @param {Date} date @param {number | undefined} seq */
function timeView(date, seq) {
  const words = clock(date);
  return seq
    ? html`<a class="time" href=${`#m${seq}`} tabindex="-1" aria-label=${t("link-to-message", { time: words })}><time datetime=${date.toISOString()}>${words}</time></a>`
    : html`<span class="time"><time datetime=${date.toISOString()}>${words}</time></span>`;
}

/**
 * What messages and posts have in common. No white space round the text: it has its own.
 *
 * @param {string} key
 * @param {{from: {id?: string, name: string}, text: string, time: string, seq?: number, outside?: boolean}} message
 * @param {boolean} grouped   it goes on from the message above
 * @param {Look} look
 * @param {{status?: string, post?: string, footer?: unknown}} [more]
 */
function article(
  key,
  { from, text, time, seq, outside },
  grouped,
  look,
  { status, post, footer = nothing } = {},
) {
  const own = from.id !== undefined && from.id === look.me;
  const author = own ? t("you") : from.name;
  const parts = tokens(text, look.name);
  const forMe = !own && parts.some((part) => part.type === "me");
  const long = isLong(text);
  const folded = long && !look.unfolded.has(key);
  const unfold = long ? unfoldView(key, folded, look) : nothing;
  const when = timeView(new Date(time), seq);
  return grouped
    ? html`<article class="message" id=${key} data-key=${key} data-post=${post ?? nothing} data-status=${status ?? nothing} tabindex="-1" data-grouped
        ?data-own=${own} ?data-for-me=${forMe}>${when}<bdi class="visually-hidden">${author}: </bdi><div
        class="text" dir="auto" ?data-folded=${folded}>${nodes(parts)}</div>${unfold}${footer}</article>`
    : html`<article class="message" id=${key} data-key=${key} data-post=${post ?? nothing} data-status=${status ?? nothing} tabindex="-1"
        ?data-own=${own} ?data-for-me=${forMe}><span class="avatar" data-hue=${hueOf(from.id ?? from.name, HUES)} aria-hidden="true">${initials(from.name)}</span><div
        class="byline"><bdi class="author">${author}</bdi>${outside ? html`<span class="outside">${t("outside")}</span>` : nothing}${when}</div><div
        class="text" dir="auto" ?data-folded=${folded}>${nodes(parts)}</div>${unfold}${footer}</article>`;
}

/** @param {MessageItem} item @param {boolean} grouped @param {Look} look */
export const messageView = (item, grouped, look) => article(item.key, item, grouped, look);

/**
 * @param {Post} post   one's own, on its way
 * @param {boolean} grouped
 * @param {Look} look
 * @param {{retry: (id: string) => void, discard: (id: string) => void}} on
 */
export function postView(post, grouped, look, on) {
  const failed = html`<div class="post-status"><span>${t(post.code === "old" ? "post-old" : "post-failed")}</span>
    <span aria-hidden="true">·</span><button class="button-text" type="button" tabindex="-1" @click=${() => on.retry(post.id)}>${t("post-retry")}</button>
    <span aria-hidden="true">·</span><button class="button-text" type="button" tabindex="-1" @click=${() => on.discard(post.id)}>${t("post-discard")}</button></div>`;
  const waiting = html`<div class="post-status">${t("post-waiting")}</div>`;
  const footer = post.status === "failed" ? failed : post.status === "waiting" ? waiting : nothing;
  const message = { from: { id: look.me, name: look.name }, text: post.text, time: post.time };
  return article(post.id, message, grouped, look, { status: post.status, post: post.id, footer });
}
