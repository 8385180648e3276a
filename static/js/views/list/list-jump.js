/**
 * Goes to a place in the list: its end, a message, or the first unread message. Shows the button for the end.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {ListScroll} from "./scroll.js"
 * @import {State} from "../../types.js"
 * @import {ListView} from "./list.js"
 * @import {Load} from "./room-end.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { onTouch } from "../../dom/touch.js";
import { number, t } from "../../i18n/i18n.js";
import { tell } from "../../lazy-modules.js";
import { firstSeq, lastSeq, seqIn } from "../../state/timeline.js";
import { icon } from "../icon.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";
import { Flash } from "./flash.js";
import { Navigation } from "./navigation.js";
import { RoomEnd } from "./room-end.js";

const DOWN = "M12 4v15m-6-6 6 6 6-6";

/**
 * @param {State} state
 * @param {boolean} isForMe   whether an unread message mentions the reader, or replies to them
 * @param {() => void} onClick
 */
function toEndView({ unread: { count } }, isForMe, onClick) {
  const unread = count ? t("to-new", { n: count, count: number(count) }) : "";
  const said = [unread, isForMe && t("to-new-me")].filter(Boolean).join(", ");
  const label = said ? `${t("to-end")}: ${said}` : t("to-end");
  return html`<button class="button button-plain to-end" type="button" aria-label=${label} @click=${onClick}>
    ${icon(DOWN)}${unread}${isForMe ? html`<span class="mention-me">@</span>` : nothing}</button>`;
}

/**
 * @param {ListView} list
 * @returns {HTMLElement | null} where the person goes on: the field; on a touch screen, where a keyboard would cover
 *   the list, the list
 */
const nextTo = ({ root }) => (onTouch.matches ? root : document.getElementById("field"));

export class ListJump {
  #root = /** @type {HTMLElement} */ (document.getElementById("below"));
  #chat;
  #scroll;
  #list;
  #load;
  #navigation;
  #end;
  #flash;

  /**
   * @param {Chat} chat
   * @param {object} deps
   * @param {ListScroll} deps.scroll
   * @param {ListView} deps.list
   * @param {Load} deps.load
   */
  constructor(chat, { scroll, list, load }) {
    this.#chat = chat;
    this.#scroll = scroll;
    this.#list = list;
    this.#load = load;
    this.#navigation = new Navigation(scroll);
    this.#end = new RoomEnd(chat, { scroll, list, navigation: this.#navigation, load });
    this.#flash = new Flash(list);
  }

  /** @param {State} state */
  draw(state) {
    const isAway = !this.#scroll.following || !state.timeline.atHead;
    const view = () => toEndView(state, this.#hasUnreadForMe(state), () => void this.#onPress());
    drawKeepingFocus(
      this.#root,
      () => render(isAway ? view() : nothing, this.#root),
      () => nextTo(this.#list),
    );
    this.#flash.draw();
  }

  /** Whether the end of the room is being loaded, to go there. */
  get #isGoingToEnd() {
    return this.#navigation.isUnderWay("end") && !this.#end.isThere;
  }

  /** @param {State} state @returns {boolean} as far as the list is drawn */
  #hasUnreadForMe({ unread, read, countedAfter }) {
    const newest = unread.count ? [...this.#list.root.querySelectorAll("[data-for-me]")].at(-1) : null;
    return newest ? seqIn(newest.id) > Math.max(read, countedAfter) : false;
  }

  /** Goes to the end of the room, as the person asks for it; they are told if it can't be loaded. */
  async toEnd() {
    if (this.#isGoingToEnd) return;
    const outcome = await this.#navigation.go("end", (isWanted) => this.#end.load(isWanted));
    if (outcome === "abandoned") return;
    if (outcome === "loaded") {
      this.#scroll.toEnd();
    } else {
      this.#scroll.waitAtEnd();
      tell(t("history-failed"));
    }
    if (document.activeElement === document.body) nextTo(this.#list)?.focus({ preventScroll: true });
  }

  /** Shows a post that was just written: below an older part at once, and at the end of the room when that is there. */
  async toPost() {
    if (this.#end.isThere) return this.toEnd();
    if (this.#end.isLoadingForWaiting) return; // that leads to the end
    this.#navigation.begin("");
    this.#list.drawWhole();
    this.#scroll.waitAtEnd();
    await this.#end.loadForWaiting();
  }

  /** The first press leads to the first unread message, if that is further down; the next one to the end. */
  async #onPress() {
    if (this.#isGoingToEnd || this.#navigation.isUnderWay("line")) return;
    const { unread, timeline } = this.#chat.state;
    const { mark, count } = unread;
    // Compared before loading, which brings the message into the page.
    const isAboveAll = seqIn(mark) < (firstSeq(timeline) ?? 0);
    const isBelowAll = seqIn(mark) > (lastSeq(timeline) ?? Infinity);
    const outcome = await this.#navigation.go(
      "line",
      async (isWanted) => !count || !mark || isAboveAll || this.#bring(mark, isWanted),
    );
    if (outcome === "abandoned") return;
    // Going to the end instead would skip the unread messages.
    if (outcome === "unanswered") return void tell(t("history-failed"));
    const line = isAboveAll ? null : document.getElementById("new");
    if (!count || !line || !(isBelowAll || this.#isBelow(line))) return this.toEnd();
    this.#scroll.to(line, "start");
  }

  /**
   * @param {string} key   of a message that may not be in the page
   * @param {() => boolean} isWanted
   * @returns {Promise<boolean>} whether there was an answer, where one was needed
   */
  async #bring(key, isWanted) {
    const isAnswered =
      document.getElementById(key) !== null ||
      (await this.#load(seqIn(key) || this.#chat.state.head, isWanted));
    if (isWanted()) this.#list.drawWhole();
    return isAnswered;
  }

  /** @param {Element} element */
  #isBelow(element) {
    return element.getBoundingClientRect().top > this.#list.root.getBoundingClientRect().bottom;
  }

  /**
   * @param {number} seq
   * @returns {Promise<boolean>} whether the message was found, and is visible now; or no longer wanted,
   *   because the person went elsewhere
   */
  async toMessage(seq) {
    if (this.#navigation.isUnderWay(seq)) return true;
    const outcome = await this.#navigation.go(seq, (isWanted) => this.#load(seq, isWanted));
    if (outcome === "abandoned") return true;
    this.#list.drawWhole();
    const element = this.#list.rowOf(seq);
    if (!element) {
      tell(t(outcome === "loaded" ? "not-found" : "history-failed"));
      return false;
    }
    this.#scroll.to(element);
    // From a quote in the list, arrow keys go on from the message that it leads to.
    if (this.#list.root.contains(document.activeElement)) element.focus({ preventScroll: true });
    this.#flash.show(seq);
    return true;
  }

  /**
   * Goes to the line above the first unread message, if it isn't visible, unless the reader goes elsewhere meanwhile.
   *
   * @param {(isWanted: () => boolean) => Promise<void>} load   what is unread
   */
  async toUnread(load) {
    const isWanted = this.#navigation.begin("");
    await load(isWanted);
    if (!isWanted()) return;
    if (this.#chat.state.unread.mark) this.#list.drawWhole();
    const line = document.getElementById("new");
    const { top } = this.#list.root.getBoundingClientRect();
    if (line && line.getBoundingClientRect().top < top) this.#scroll.to(line, "start");
  }
}
