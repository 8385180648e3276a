/**
 * One message, from its author's avatar to its fate.
 *
 * @import {MessageItem, Post} from "../types.js"
 * @import {Token} from "../text.js"
 */
import { html, nothing } from "../../vendor/vendor.js";
import { hueOf, initials, isLong, tokens } from "../text.js";
import { clock, moment, t } from "../words.js";

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

/** @param {string} key @param {string} text @param {Token[]} parts @param {Look} look */
function body(key, text, parts, look) {
  const long = isLong(text);
  const folded = long && !look.unfolded.has(key);
  const toggle = () => look.fold(key);
  // No white space between the tags: the text keeps its own.
  return html`<div class="text" dir="auto" ?data-folded=${folded}>${parts.map(node)}</div>${long
    ? html`<button class="button-text unfold" type="button" tabindex="-1" aria-expanded=${!folded} @click=${toggle}>${t(folded ? "unfold" : "fold")}</button>`
    : nothing}`;
}

/** @param {Date} date @param {number | undefined} seq */
function timeOf(date, seq) {
  const time = html`<time datetime=${date.toISOString()} title=${moment(date)}>${clock(date)}</time>`;
  return seq
    ? html`<a class="time" href=${`#m${seq}`} tabindex="-1" aria-label=${t("link-to-message", { time: clock(date) })}>${time}</a>`
    : html`<span class="time">${time}</span>`;
}

/** @param {MessageItem} item @param {boolean} grouped   it goes on from the message above @param {Look} look */
export function messageView(item, grouped, look) {
  const own = item.from.id !== undefined && item.from.id === look.me;
  const author = own ? t("you") : item.from.name;
  const date = new Date(item.time);
  const parts = tokens(item.text, look.name);
  const forMe = !own && parts.some((part) => part.type === "me");
  return html`
    <article class="message" id=${item.key} data-key=${item.key} tabindex="-1" ?data-grouped=${grouped} ?data-own=${own} ?data-for-me=${forMe}>
      ${grouped ? timeOf(date, item.seq) : avatar(item.from)}
      ${grouped
        ? html`<bdi class="visually-hidden">${author}: </bdi>`
        : html`<div class="byline"><bdi class="author">${author}</bdi>${item.outside ? html`<span class="outside">${t("outside")}</span>` : nothing}${timeOf(date, item.seq)}</div>`}
      ${body(item.key, item.text, parts, look)}
    </article>`;
}

/**
 * @param {Post} post   one's own, on its way
 * @param {boolean} grouped
 * @param {Look} look
 * @param {{retry: (id: string) => void, discard: (id: string) => void}} on
 */
export function postView(post, grouped, look, on) {
  const me = { id: look.me, name: look.name };
  const date = new Date(post.time);
  const failed = post.fate === "failed";
  return html`
    <article class="message" data-key=${post.id} data-post=${post.id} tabindex="-1" data-own data-fate=${post.fate} ?data-grouped=${grouped}>
      ${grouped ? timeOf(date, undefined) : avatar(me)}
      ${grouped
        ? html`<bdi class="visually-hidden">${t("you")}: </bdi>`
        : html`<div class="byline"><bdi class="author">${t("you")}</bdi>${timeOf(date, undefined)}</div>`}
      ${body(post.id, post.text, tokens(post.text, look.name), look)}
      ${failed ? html`<div class="fate"><span>${t(post.code === "old" ? "post-old" : "post-failed")}</span>
          <span aria-hidden="true">·</span><button class="button-text" type="button" tabindex="-1" @click=${() => on.retry(post.id)}>${t("post-retry")}</button>
          <span aria-hidden="true">·</span><button class="button-text" type="button" tabindex="-1" @click=${() => on.discard(post.id)}>${t("post-discard")}</button></div>`
        : post.fate === "waiting" ? html`<div class="fate">${t("post-waiting")}</div>` : nothing}
    </article>`;
}
