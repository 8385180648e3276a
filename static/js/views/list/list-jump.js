/**
 * Goes to a place in the list: its end, a message, or the first unread message. Shows the button for the end.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {ListScroll} from "./scroll.js"
 * @import {State} from "../../types.js"
 * @import {ListView} from "./list.js"
 */
import { html, nothing, render } from "../../../vendor/vendor.js";
import { number, t } from "../../i18n/i18n.js";
import { extras, use } from "../../on-demand.js";
import { firstSeq, lastSeq, seqIn } from "../../state/timeline.js";

/** The message that a link leads to is marked for as long (ms). */
const FLASH = 2_000;
const TRIES = 3; // to reach the end of a room where others write meanwhile

/** @param {State} state @param {() => void} onClick */
function buttonView({ unread: { count } }, onClick) {
  const unread = count ? t("to-new", { n: count, count: number(count) }) : "";
  const label = unread ? `${t("to-end")}: ${unread}` : t("to-end");
  return html`<button class="button button-plain to-end" type="button" aria-label=${label} @click=${onClick}>
    ↓${unread ? ` ${unread}` : ""}</button>`;
}

/** @param {string} id   of what is said */
const tell = (id) => use(extras.toast, ({ showToast }) => showToast(t(id)));

const onTouch = matchMedia("(hover: none) and (pointer: coarse)");

/** Puts the focus where the person goes on: into the field; on a touch screen, where a keyboard would cover the list, into the list. @param {ListView} list */
function focusNext({ root }) {
  const next = onTouch.matches ? root : document.getElementById("field");
  next?.focus({ preventScroll: true });
}

export class JumpView {
  #root = /** @type {HTMLElement} */ (document.getElementById("below"));
  #chat;
  #scroll;
  #list;
  #load;
  /** How often the person wished to go somewhere: what is answered late doesn't undo a later wish. */
  #wishes = 0;
  /** Where the last wish leads while its answer is on its way: the same wish again waits for that. @type {"" | "end" | "line" | number} */
  #goal = "";
  /** Whether the person still wishes to go there. */
  #isWanted = () => false;
  /** Whether the end of the room is on its way to a reader who waits for it. */
  #isGoingOn = () => false;
  /** The message that is marked. */
  #target = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #targetTimer;

  /**
   * @param {Chat} chat
   * @param {object} parts
   * @param {ListScroll} parts.scroll
   * @param {ListView} parts.list
   * @param {(seq: number, isWanted?: () => boolean) => Promise<boolean>} parts.load   loads a message into the timeline; false: there was no answer
   */
  constructor(chat, { scroll, list, load }) {
    this.#chat = chat;
    this.#scroll = scroll;
    this.#list = list;
    this.#load = load;
    chat.listen((state, before, event) => this.#onChange(state, before, event.type));
  }

  /** The person wishes to go somewhere. @param {"" | "end" | "line" | number} goal   number: a message's seq @returns {() => boolean} whether they have gone nowhere else since, by a wish or by scrolling */
  #wish(goal) {
    this.#wishes += 1;
    this.#goal = goal;
    const isLast = this.#lastWish();
    const { moves } = this.#scroll;
    this.#isWanted = () => isLast() && moves === this.#scroll.moves;
    return this.#isWanted;
  }

  /** @param {"end" | "line" | number} goal @returns {boolean} whether the person waits for the answer to the same wish */
  #isOnTheWay(goal) {
    return this.#goal === goal && this.#isWanted();
  }

  /** @returns {() => boolean} whether the last wish so far is the last one still */
  #lastWish() {
    const mine = this.#wishes;
    return () => mine === this.#wishes;
  }

  /** The server answers again: the end may be had now. @param {State} state @param {State} before @param {string} type   of the event */
  #onChange({ connection }, before, type) {
    const isBack = connection.phase === "online" && before.connection.phase !== "online";
    if (this.#scroll.isWaiting && (isBack || (type === "newer" && !this.#isGoingOn())))
      queueMicrotask(() => void this.#goOn());
  }

  /** Whoever waits goes on to the end of the room, unless they have gone elsewhere by the time it is there. */
  async #goOn() {
    const isLast = this.#lastWish();
    const isWanted = () => this.#scroll.isWaiting && isLast();
    this.#isGoingOn = isWanted;
    const isAnswered = await this.#loadEnd(isWanted);
    if (!isWanted()) return;
    this.#isGoingOn = () => false;
    if (isAnswered) this.#scroll.toEnd();
    // A post that is stored meanwhile isn't seen here any more.
    else if (this.#chat.state.connection.phase === "online") tell("history-failed");
  }

  /** @param {() => boolean} isWanted @returns {Promise<boolean>} false: there was no answer, and the end of the room isn't there */
  async #loadEnd(isWanted) {
    // The end may come meanwhile with the part below what is there.
    const isMissing = () => isWanted() && !this.#chat.state.timeline.atHead;
    // What comes while the end is on its way makes another end.
    for (let left = TRIES; left && isMissing(); left -= 1) {
      if (!(await this.#load(this.#chat.state.head, isMissing))) return this.#chat.state.timeline.atHead;
      if (isWanted()) this.#list.drawWhole();
    }
    return true;
  }

  /** @param {State} state */
  draw(state) {
    const isAway = !this.#scroll.following || !state.timeline.atHead;
    const hadFocus = this.#root.contains(document.activeElement);
    render(isAway ? buttonView(state, () => void this.#onPress()) : nothing, this.#root);
    if (hadFocus && !isAway) focusNext(this.#list);
    this.#mark();
  }

  /** @param {number} seq   of a message to be marked for a while */
  #flash(seq) {
    this.#target = seq;
    this.#mark();
    clearTimeout(this.#targetTimer);
    this.#targetTimer = setTimeout(() => {
      this.#target = 0;
      this.#mark();
    }, FLASH);
  }

  /** Marks the row of the target, which is another one when more of its run has come. */
  #mark() {
    const marked = document.querySelector("[data-target]");
    const row = this.#target ? this.#list.rowOf(this.#target) : null;
    if (marked === row) return;
    marked?.removeAttribute("data-target");
    row?.setAttribute("data-target", "");
  }

  /** Goes to the end of the room, as the person asks for it; they are told if it can't be had. */
  async toEnd() {
    if (this.#isOnTheWay("end") && !this.#chat.state.timeline.atHead) return;
    const isWanted = this.#wish("end");
    const isAnswered = await this.#loadEnd(isWanted);
    if (!isWanted()) return;
    this.#goal = "";
    if (isAnswered) this.#scroll.toEnd();
    else this.#scroll.waitAtEnd();
    if (!isAnswered) tell("history-failed");
    if (document.activeElement === document.body) focusNext(this.#list);
  }

  /** Shows a post that was just written: below an older part at once, and at the end of the room when that is there. */
  async toPost() {
    if (this.#chat.state.timeline.atHead) return this.toEnd();
    if (this.#isGoingOn()) return; // the list follows
    this.#wish("");
    this.#list.drawWhole();
    this.#scroll.waitAtEnd();
    await this.#goOn();
  }

  /** The first press leads to the first unread message, if that is further down; the next one to the end. */
  async #onPress() {
    const isOnTheWay = this.#isOnTheWay("end") && !this.#chat.state.timeline.atHead;
    if (isOnTheWay || this.#isOnTheWay("line")) return;
    const isWanted = this.#wish("line");
    const { unread, timeline } = this.#chat.state;
    const { mark, count } = unread;
    // It is further up, or down, than all that is here, wherever its part is drawn then.
    const isAboveAll = seqIn(mark) < (firstSeq(timeline) ?? 0);
    const isBelowAll = seqIn(mark) > (lastSeq(timeline) ?? Infinity);
    const isAnswered = !count || !mark || isAboveAll || (await this.#bring(mark, isWanted));
    if (!isWanted()) return;
    this.#goal = "";
    // The end may well be had, but what is unread would be passed by.
    if (!isAnswered) return void tell("history-failed");
    const line = isAboveAll ? null : document.getElementById("new");
    if (!count || !line || !(isBelowAll || this.#isBelow(line))) return this.toEnd();
    this.#scroll.to(line, "start");
  }

  /** @param {string} key   of a message that may not be in the page @param {() => boolean} isWanted @returns {Promise<boolean>} whether there was an answer, where one was needed */
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

  /** @param {number} seq @returns {Promise<boolean>} whether the message was found, and is visible now; or the person is elsewhere by their own wish */
  async toMessage(seq) {
    if (this.#isOnTheWay(seq)) return true;
    const isWanted = this.#wish(seq);
    const isAnswered = await this.#load(seq, isWanted);
    if (!isWanted()) return true;
    this.#goal = "";
    this.#list.drawWhole();
    const element = this.#list.rowOf(seq);
    if (!element) {
      tell(isAnswered ? "not-found" : "history-failed");
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
    const isWanted = this.#wish("");
    await load(isWanted);
    if (!isWanted()) return;
    if (this.#chat.state.unread.mark) this.#list.drawWhole();
    const line = document.getElementById("new");
    const { top } = this.#list.root.getBoundingClientRect();
    if (line && line.getBoundingClientRect().top < top) this.#scroll.to(line, "start");
  }
}
