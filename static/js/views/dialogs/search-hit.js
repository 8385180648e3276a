/**
 * A message among the results of a search.
 *
 * @import {Found} from "../../conversation/message-search.js"
 * @import {Part} from "../../text/snippet.js"
 * @import {MessageItem} from "../../types.js"
 */
import { html, nothing } from "../../../vendor/vendor.js";
import { clock, dateAndClock, dayKey, t, withPictures } from "../../i18n/i18n.js";
import { snippetOf } from "../../text/snippet.js";
import { hues } from "../people/person-colours.js";
import { avatar } from "../people/person-marks.js";

export class HitViews {
  /**
   * The texts of what was found, split once for each query: older messages that come later bring words of their own.
   *
   * @type {WeakMap<MessageItem, {query: string, parts: Part[]}>}
   */
  #snippets = new WeakMap();

  /**
   * @param {MessageItem} message
   * @param {Found | null} found   what it belongs to
   * @param {{isOwn: boolean, isChosen: boolean, go: () => void}} options   go: leads to the message
   */
  view(message, found, { isOwn, isChosen, go }) {
    const { seq, from, time, hook } = message;
    const id = `found-${seq}`;
    const you = isOwn ? html`<span class="author-you">(${t("people-you")})</span>` : nothing;
    const badge = hook ? html`<span class="outside" id=${`${id}-mark`}>${t("outside")}</span>` : nothing;
    return html`
      <li id=${id} class="room hit" role="option" aria-selected=${isChosen} aria-labelledby=${`${id}-by ${id}-mark ${id}-text ${id}-time`} @click=${go}>
        ${avatar(from, hook)}
        <div class="byline"><bdi class="author" id=${`${id}-by`} data-hue=${hues.of(from.name)} ?data-program=${hook}>${from.name}</bdi>${you}${badge}${timeView(`${id}-time`, new Date(time))}</div>
        <div class="hit-text" id=${`${id}-text`} dir="auto">${this.#snippetView(message, found)}</div></li>`;
  }

  /** @param {MessageItem} message @param {Found | null} found */
  #snippetView(message, found) {
    const snippet = this.#partsOf(message, found).map(({ text, isFound }) =>
      isFound ? html`<mark>${text}</mark>` : text,
    );
    return [withPictures(message.pictures, snippet.length ? " " : ""), snippet];
  }

  /** @param {MessageItem} message @param {Found | null} found */
  #partsOf(message, found) {
    const { words = [], query = "" } = found ?? {};
    const known = this.#snippets.get(message);
    if (known?.query === query) return known.parts;
    const parts = snippetOf(message.text, words);
    this.#snippets.set(message, { query, parts });
    return parts;
  }
}

/** @param {string} id @param {Date} date */
function timeView(id, date) {
  const isToday = dayKey(date) === dayKey(new Date());
  return html`<time class="time" id=${id} datetime=${date.toISOString()}>${isToday ? clock(date) : dateAndClock(date)}</time>`;
}
