/**
 * What a message has besides its text: the message that it replies to, and reactions. And lines about the room's rules.
 *
 * @import {MessageItem, Reply, RulesItem} from "../../types.js"
 * @import {ReactedTo} from "../../conversation/reactions.js"
 * @import {Reader} from "./message.js"
 */
import { html } from "../../../vendor/vendor.js";
import { toggleReaction, whoReacted } from "../../conversation/reactions.js";
import { cutText, number, t } from "../../i18n/i18n.js";
import { changeTexts } from "../../i18n/rule-texts.js";
import { holdOf } from "../../state/rules.js";
import { plainText, textOf } from "../../text/plain.js";
import { showToast } from "../overlays/toast.js";
import { hues } from "../people/person-colours.js";
import { isOwn, partsOf, tombstone } from "./message.js";

/** A quote is one line: more of the text than this (characters) is never seen. */
const QUOTED_AT_MOST = 160;

/** @param {string} text   of a message @returns {string} its beginning, on one line */
export const excerpt = (text) => onOneLine(plainText(text));

/** @param {string} text */
const onOneLine = (text) => cutText(text.replace(/\s+/gu, " ").trim(), QUOTED_AT_MOST);

/** @param {MessageItem} item @param {Reader} reader */
const excerptOf = (item, reader) => onOneLine(textOf(partsOf(item, reader.names, isOwn(item, reader))));

/** @param {string} key   of the message that replies @param {Reply} reply @param {Reader} reader */
export function quoteView(key, { seq, from }, reader) {
  const item = reader.quoted(seq);
  const id = `${key}-reply`;
  if (item === null || item?.deleted)
    return html`<div class="quote" id=${id}>${t(item ? tombstone(item.moderated) : "quote-lost")}</div>`;
  const { name } = item?.from ?? from;
  const text = item ? excerptOf(item, reader) : "";
  return html`<button class="quote" id=${id} type="button" tabindex="-1" data-hue=${hues.of(name)} title=${t("quote-go")} aria-label=${`${t("quote-of")} ${name} ${text}`}
    @click=${() => reader.goTo(seq)}><bdi class="quote-author" .textContent=${name}></bdi> <span dir="auto" .textContent=${text}></span></button>`;
}

/**
 * The group listens for its buttons, whose names are their texts: each of them would cost as much as a line of text.
 *
 * @param {MessageItem} item @param {Reader} reader
 */
export function reactionsView(item, reader) {
  const { key, reactions = [], pending = [] } = item;
  const labels = reactions.map(({ emoji, count }) => `${emoji} ${number(count)}`);
  const name = (/** @type {Event} */ { target }) => {
    const button = buttonAt(target);
    const reaction = reactions.find(({ emoji }) => emoji === button?.dataset.emoji);
    if (button && reaction) button.title = whoReacted(reader.chat.state, reaction);
  };
  const toggle = (/** @type {Event} */ { target }) => {
    const { emoji } = buttonAt(target)?.dataset ?? {};
    if (emoji) toggleOrTell({ message: item, epoch: reader.epoch, chat: reader.chat }, emoji);
  };
  return html`<div class="reactions" id=${`${key}-reactions`} role="group" aria-label=${t("reactions-label", { all: labels.join(", ") })}
    @pointerover=${name} @focusin=${name} @click=${toggle}>${reactions.map(
      ({ emoji, people }, i) => html`<button class="reaction" type="button" tabindex="-1" data-emoji=${emoji}
        aria-pressed=${people.includes(reader.id)} ?data-pending=${pending.some((change) => change.emoji === emoji)} .textContent=${labels[i]}></button>`,
    )}</div>`;
}

/** @param {EventTarget | null} target @returns {HTMLElement | null} the reaction there */
const buttonAt = (target) => /** @type {Element} */ (target).closest(".reaction");

/**
 * @param {ReactedTo} target
 * @param {string} emoji   of the person's own, which is added or taken back; who may not write is told why
 *   instead
 */
export function toggleOrTell(target, emoji) {
  const hold = holdOf(target.chat.state, performance.now());
  if (hold && hold.code !== "slow") showToast(t(`hold-${hold.code}`));
  else toggleReaction(target, emoji);
}

/** @param {RulesItem} item */
export const rulesView = (item) =>
  changeTexts(item).map((text) => html`<p class="line" data-key=${item.key}>${text}</p>`);
