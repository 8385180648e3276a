/**
 * What a message has besides its text: the message that it replies to, and reactions. And lines about the room's rules.
 *
 * @import {MessageItem, Reply, RulesItem} from "../types.js"
 * @import {Reader} from "./message.js"
 */
import { html } from "../../vendor/vendor.js";
import { hues } from "../hues.js";
import { cutText, number, t } from "../i18n.js";
import { toggleReaction, whoReacted } from "../reacting.js";
import { changeTexts } from "../rule-texts.js";
import { plainText } from "../text/plain.js";
import { tombstone } from "./message.js";

/** A quote is one line: more of the text than this (characters) is never seen. */
const QUOTED_AT_MOST = 160;

/** @param {string} text   of a message @returns {string} its beginning, on one line */
export const excerpt = (text) => cutText(plainText(text).replace(/\s+/gu, " ").trim(), QUOTED_AT_MOST);

/** @param {string} key   of the message that replies @param {Reply} reply @param {Reader} reader */
export function quoteView(key, { seq, from }, reader) {
  const item = reader.quoted(seq);
  const id = `${key}-reply`;
  if (item === null || item?.deleted)
    return html`<div class="quote quote-gone" id=${id}>${t(item ? tombstone(item.moderated) : "quote-lost")}</div>`;
  const { name } = item?.from ?? from;
  return html`<button class="quote" id=${id} type="button" tabindex="-1" data-hue=${hues.of(name)} title=${t("quote-go")}
    @click=${() => reader.goTo(seq)}><span class="visually-hidden">${t("quote-of")} </span><bdi class="quote-author">${name}</bdi> <span
    class="quote-text" dir="auto">${excerpt(item?.text ?? "")}</span></button>`;
}

/** @param {MessageItem} item @param {Reader} reader */
export function reactionsView(item, reader) {
  const { key, reactions = [], pending = [] } = item;
  const all = reactions.map(({ emoji, count }) => `${emoji} ${number(count)}`).join(", ");
  const name = (/** @type {{currentTarget: HTMLElement}} */ { currentTarget }) => {
    const reaction = reactions.find(({ emoji }) => emoji === currentTarget.dataset.emoji);
    if (reaction) currentTarget.title = whoReacted(reader.chat.state, reaction);
  };
  return html`<div class="reactions" id=${`${key}-reactions`} role="group" aria-label=${t("reactions-label", { all })}>${reactions.map(
    ({ emoji, count, people }) => {
      const isPending = pending.some((change) => change.emoji === emoji);
      return html`<button class="reaction" type="button" tabindex="-1" data-emoji=${emoji} aria-pressed=${people.includes(reader.id)}
        aria-label=${`${emoji} ${number(count)}`} ?data-pending=${isPending} @pointerenter=${name} @focus=${name}
        @click=${() => toggleReaction(reader.chat, item, emoji)}><span class="reaction-emoji">${emoji}</span> ${number(count)}</button>`;
    },
  )}</div>`;
}

/** @param {RulesItem} item */
export const rulesView = (item) =>
  changeTexts(item).map((text) => html`<p class="line" data-key=${item.key}>${text}</p>`);
