/**
 * Goes to a place in the list: its end, a message, or the first unread message. Shows the button for the end.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {ListScroll} from "./scroll.js"
 * @import {EventType, State} from "../../types.js"
 * @import {ListView} from "./list.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { number, t } from "../../i18n/i18n.js";
import { tell } from "../../lazy-modules.js";
import { firstSeq, lastSeq, seqIn } from "../../state/timeline.js";
import { icon } from "../icon.js";
import { drawKeepingFocus } from "../overlays/keep-focus.js";

/**
 * @typedef {"" | "end" | "line" | number} Target   "line": the first unread message; number: a message's seq;
 *   "": anywhere else
 */

/** How long the message that a link leads to is highlighted (ms). */
const FLASH = 2_000;
const TRIES = 3; // to reach the end of a room where others write meanwhile

const DOWN = "M12 4v15m-6-6 6 6 6-6";

/** @param {State} state @param {() => void} onClick */
function toEndView({ unread: { count } }, onClick) {
  const unread = count ? t("to-new", { n: count, count: number(count) }) : "";
  const label = unread ? `${t("to-end")}: ${unread}` : t("to-end");
  return html`<button class="button button-plain to-end" type="button" aria-label=${label} @click=${onClick}>
    ${icon(DOWN)}${unread}</button>`;
}

const onTouch = matchMedia("(hover: none) and (pointer: coarse)");

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
  /** How many navigations the person has begun: one whose answer comes late doesn't undo a later one. */
  #navigations = 0;
  /**
   * Where the last navigation leads while its answer is awaited; asked for again, it isn't begun anew.
   *
   * @type {Target}
   */
  #target = "";
  /** Whether the last navigation is still wanted. */
  #isWanted = () => false;
  /** Whether the end of the room is being loaded for a reader who waits at the end of what is there. */
  #isLoadingForWaiting = () => false;
  /** The seq of the message that is highlighted for a while; 0: none. */
  #flashed = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #flashTimer;

  /**
   * @param {Chat} chat
   * @param {object} deps
   * @param {ListScroll} deps.scroll
   * @param {ListView} deps.list
   * @param {(seq: number, isWanted?: () => boolean) => Promise<boolean>} deps.load   loads a message into the
   *   timeline; false: there was no answer
   */
  constructor(chat, { scroll, list, load }) {
    this.#chat = chat;
    this.#scroll = scroll;
    this.#list = list;
    this.#load = load;
    chat.listen((state, before, event) => this.#onChange(state, before, event.type));
  }

  /**
   * Begins to go somewhere, as the person asks for it.
   *
   * @param {Target} target
   * @returns {() => boolean} whether that is still wanted: the person has neither begun another navigation nor scrolled
   */
  #navigate(target) {
    this.#navigations += 1;
    this.#target = target;
    const isLatest = this.#latestCheck();
    const { moves } = this.#scroll;
    this.#isWanted = () => isLatest() && moves === this.#scroll.moves;
    return this.#isWanted;
  }

  /**
   * @param {Target} target
   * @returns {boolean} whether the page is already going there, and that is still wanted
   */
  #isUnderWay(target) {
    return this.#target === target && this.#isWanted();
  }

  /** @returns {() => boolean} whether no navigation has begun since this call */
  #latestCheck() {
    const now = this.#navigations;
    return () => now === this.#navigations;
  }

  /**
   * Loads the end of the room for a reader who waits for it, once the server answers again or a newer part has come.
   *
   * @param {State} state
   * @param {State} before
   * @param {EventType} type   of the event
   */
  #onChange({ connection }, before, type) {
    const isBack = connection.phase === "online" && before.connection.phase !== "online";
    if (this.#scroll.isWaiting && (isBack || (type === "newer-loaded" && !this.#isLoadingForWaiting())))
      queueMicrotask(() => void this.#loadForWaiting());
  }

  /** Takes a reader who waits to the end of the room, unless they have gone elsewhere by the time it is loaded. */
  async #loadForWaiting() {
    const isLatest = this.#latestCheck();
    const isWanted = () => this.#scroll.isWaiting && isLatest();
    this.#isLoadingForWaiting = isWanted;
    const isAnswered = await this.#loadEnd(isWanted);
    if (!isWanted()) return;
    this.#isLoadingForWaiting = () => false;
    if (isAnswered) this.#scroll.toEnd();
    // A post that is stored meanwhile isn't seen here any more.
    else if (this.#chat.state.connection.phase === "online") tell(t("history-failed"));
  }

  /**
   * @param {() => boolean} isWanted
   * @returns {Promise<boolean>} false: there was no answer, and the end of the room isn't there
   */
  async #loadEnd(isWanted) {
    // A newer part that was loaded meanwhile may have brought the end.
    const isMissing = () => isWanted() && !this.#chat.state.timeline.atHead;
    // Messages that come meanwhile move the end on.
    for (let left = TRIES; left && isMissing(); left -= 1) {
      if (!(await this.#load(this.#chat.state.head, isMissing))) return this.#chat.state.timeline.atHead;
      if (isWanted()) this.#list.drawWhole();
    }
    return true;
  }

  /** @param {State} state */
  draw(state) {
    const isAway = !this.#scroll.following || !state.timeline.atHead;
    drawKeepingFocus(
      this.#root,
      () => render(isAway ? toEndView(state, () => void this.#onPress()) : nothing, this.#root),
      () => nextTo(this.#list),
    );
    this.#markFlashed();
  }

  /** @param {number} seq   of a message to be highlighted for a while */
  #flash(seq) {
    this.#flashed = seq;
    this.#markFlashed();
    clearTimeout(this.#flashTimer);
    this.#flashTimer = setTimeout(() => {
      this.#flashed = 0;
      this.#markFlashed();
    }, FLASH);
  }

  /** Marks the row of the highlighted message: another row, when more of its run of deleted messages is loaded. */
  #markFlashed() {
    const marked = document.querySelector("[data-flashed]");
    const row = this.#flashed ? this.#list.rowOf(this.#flashed) : null;
    if (marked === row) return;
    marked?.removeAttribute("data-flashed");
    row?.setAttribute("data-flashed", "");
  }

  /** Goes to the end of the room, as the person asks for it; they are told if it can't be loaded. */
  async toEnd() {
    if (this.#isUnderWay("end") && !this.#chat.state.timeline.atHead) return;
    const isWanted = this.#navigate("end");
    const isAnswered = await this.#loadEnd(isWanted);
    if (!isWanted()) return;
    this.#target = "";
    if (isAnswered) this.#scroll.toEnd();
    else this.#scroll.waitAtEnd();
    if (!isAnswered) tell(t("history-failed"));
    if (document.activeElement === document.body) nextTo(this.#list)?.focus({ preventScroll: true });
  }

  /** Shows a post that was just written: below an older part at once, and at the end of the room when that is there. */
  async toPost() {
    if (this.#chat.state.timeline.atHead) return this.toEnd();
    if (this.#isLoadingForWaiting()) return; // that leads to the end
    this.#navigate("");
    this.#list.drawWhole();
    this.#scroll.waitAtEnd();
    await this.#loadForWaiting();
  }

  /** The first press leads to the first unread message, if that is further down; the next one to the end. */
  async #onPress() {
    const isGoingToEnd = this.#isUnderWay("end") && !this.#chat.state.timeline.atHead;
    if (isGoingToEnd || this.#isUnderWay("line")) return;
    const isWanted = this.#navigate("line");
    const { unread, timeline } = this.#chat.state;
    const { mark, count } = unread;
    // Compared before loading, which brings the message into the page.
    const isAboveAll = seqIn(mark) < (firstSeq(timeline) ?? 0);
    const isBelowAll = seqIn(mark) > (lastSeq(timeline) ?? Infinity);
    const isAnswered = !count || !mark || isAboveAll || (await this.#bring(mark, isWanted));
    if (!isWanted()) return;
    this.#target = "";
    // Going to the end instead would skip the unread messages.
    if (!isAnswered) return void tell(t("history-failed"));
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
    if (this.#isUnderWay(seq)) return true;
    const isWanted = this.#navigate(seq);
    const isAnswered = await this.#load(seq, isWanted);
    if (!isWanted()) return true;
    this.#target = "";
    this.#list.drawWhole();
    const element = this.#list.rowOf(seq);
    if (!element) {
      tell(t(isAnswered ? "not-found" : "history-failed"));
      return false;
    }
    this.#scroll.to(element);
    // From a quote in the list, arrow keys go on from the message that it leads to.
    if (this.#list.root.contains(document.activeElement)) element.focus({ preventScroll: true });
    this.#flash(seq);
    return true;
  }

  /**
   * Goes to the line above the first unread message, if it isn't visible, unless the reader goes elsewhere meanwhile.
   *
   * @param {(isWanted: () => boolean) => Promise<void>} load   what is unread
   */
  async toUnread(load) {
    const isWanted = this.#navigate("");
    await load(isWanted);
    if (!isWanted()) return;
    if (this.#chat.state.unread.mark) this.#list.drawWhole();
    const line = document.getElementById("new");
    const { top } = this.#list.root.getBoundingClientRect();
    if (line && line.getBoundingClientRect().top < top) this.#scroll.to(line, "start");
  }
}
