/**
 * What a message has besides its text: the message that it replies to, pictures, and reactions. And lines about the
 * room's rules.
 *
 * @import {Attachment, MessageItem, Picture, Reply, RulesItem} from "../../types.js"
 * @import {ReactedTo} from "../../conversation/reactions.js"
 * @import {Reader} from "./message.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { toggleReaction, whoReacted } from "../../conversation/reactions.js";
import { wantsLessMotion } from "../../dom/moving-pictures.js";
import { cutText, number, t, withPictures } from "../../i18n/i18n.js";
import { changeTexts } from "../../i18n/rule-texts.js";
import { extras, use } from "../../lazy-modules.js";
import { holdOf } from "../../state/rules.js";
import { plainText, textOf } from "../../text/plain.js";
import { showToast } from "../overlays/toast.js";
import { hues } from "../people/person-colours.js";
import { isOwn, partsOf, tombstone } from "./message.js";
import { pictureLabel, sourceOf } from "./message-pictures.js";

/** A quote is one line: more of the text than this (characters) is never seen. */
const QUOTED_AT_MOST = 160;

/** @param {Partial<MessageItem>} message @returns {string} its beginning, on one line */
export const excerpt = ({ pictures, text = "" }) => onOneLine(withPictures(pictures, plainText(text)));

/** @param {string} text */
const onOneLine = (text) => cutText(text.replace(/\s+/gu, " ").trim(), QUOTED_AT_MOST);

/** @param {MessageItem} item @param {Reader} reader */
const excerptOf = (item, reader) =>
  onOneLine(withPictures(item.pictures, textOf(partsOf(item, reader.names, isOwn(item, reader)))));

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

/** A picture is at most so high (px), and lower in a row of several. */
const HIGHEST = 320;
const HIGHEST_IN_ROW = 180;
/** What is narrower, or lower (px), could hardly be pressed, and is cut off at its sides. */
const LEAST = 48;

const onError = (/** @type {Event} */ { target }) =>
  use(extras.pictureViewer, ({ tellBroken }) => tellBroken(/** @type {HTMLImageElement} */ (target)));

const onLoad = (/** @type {Event} */ { target }) => {
  if (wantsLessMotion())
    use(extras.stillPictures, ({ keepStill }) => keepStill(/** @type {HTMLImageElement} */ (target)));
};

/**
 * The pictures' sizes are known, so nothing moves when they come: an empty canvas keeps the place of each, as no `img`
 * does to the pixel. What a press on them does is fetched then.
 *
 * @param {string} key   of the message
 * @param {(Picture | Attachment)[]} pictures
 * @param {string} name   of the author
 * @param {string} room
 */
export function picturesView(key, pictures, name, room) {
  const count = pictures.length;
  const highest = count > 1 ? HIGHEST_IN_ROW : HIGHEST;
  const views = pictures.map((picture, i) => {
    const { width = highest, height = highest } = picture;
    const scale = Math.min(1, highest / height);
    const [w, h] = [width, height].map((each) => Math.max(LEAST, Math.round(each * scale)));
    const source = sourceOf(picture, room);
    // What is here already is painted with its row: the post gives way to its message unseen.
    const decoding = source?.startsWith("blob:") ? "sync" : "async";
    const upload = "key" in picture && !picture.receipt && !picture.code ? picture.key : nothing;
    const bar = upload === nothing ? nothing : html`<span class="attachment-bar"></span>`;
    return html`<button class="picture" type="button" tabindex="-1" data-upload=${upload}><canvas width=${w} height=${h} aria-hidden="true"></canvas><img loading="lazy" decoding=${decoding} alt=${pictureLabel(name, i, count)} src=${source ?? nothing} @error=${onError} @load=${onLoad}>${bar}</button>`;
  });
  return html`<div class="pictures" id=${`${key}-pictures`} role="group" aria-label=${withPictures(pictures, "")}>${views}</div>`;
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
