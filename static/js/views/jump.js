/**
 * Goes to a place in the list: its end, a message, or the first unread message. Shows the button for the end.
 *
 * @import {Chat} from "../chat.js"
 * @import {ListScroll} from "../scroll.js"
 * @import {State} from "../types.js"
 * @import {ListView} from "./list.js"
 */
import { html, nothing, render } from "../../vendor/vendor.js";
import { extras, use } from "../extras.js";
import { number, t } from "../i18n.js";
import { lastSeq, seqIn } from "../timeline.js";

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

function focusField() {
  document.getElementById("field")?.focus({ preventScroll: true });
}

export class JumpView {
  #root = /** @type {HTMLElement} */ (document.getElementById("below"));
  #chat;
  #scroll;
  #list;
  #load;
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

  /** The server answers again: the end may be had now. @param {State} state @param {State} before @param {string} type   of the event */
  #onChange({ connection }, before, type) {
    const isBack = connection.phase === "online" && before.connection.phase !== "online";
    if (this.#scroll.isWaiting && (isBack || type === "newer")) queueMicrotask(() => void this.#goOn());
  }

  /** Whoever waits goes on to the end of the room, unless they have scrolled away by the time it is there. */
  async #goOn() {
    const isWanted = () => this.#scroll.isWaiting;
    for (let left = TRIES; left && isWanted() && !this.#chat.state.timeline.atHead; left -= 1) {
      if (!(await this.#load(this.#chat.state.head, isWanted))) return;
      this.#list.drawWhole();
    }
    if (isWanted()) this.#scroll.toEnd();
  }

  /** @param {State} state */
  draw(state) {
    const isAway = !this.#scroll.following || !state.timeline.atHead;
    const hadFocus = this.#root.contains(document.activeElement);
    render(isAway ? buttonView(state, () => void this.#onPress()) : nothing, this.#root);
    if (hadFocus && !isAway) focusField();
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

  /** @param {boolean} [isAsked]   the person asks for just that, and is told if it can't be */
  async toEnd(isAsked = true) {
    let isAnswered = true;
    // What comes while the end is on its way makes another end.
    for (let left = TRIES; left && isAnswered && !this.#chat.state.timeline.atHead; left -= 1) {
      isAnswered = await this.#load(this.#chat.state.head);
      this.#list.drawWhole(); // without an answer: a post that was just written
    }
    // A post that is stored meanwhile isn't seen here any more.
    if (!isAnswered && (isAsked || this.#chat.state.connection.phase === "online")) tell("history-failed");
    if (isAnswered) this.#scroll.toEnd();
    else this.#scroll.waitAtEnd();
    if (document.activeElement === document.body) focusField();
  }

  /** The first press leads to the first unread message, if that is further down; the next one to the end. */
  async #onPress() {
    const { unread, timeline } = this.#chat.state;
    const { mark, count } = unread;
    // It is further down than all that is here, wherever its part is drawn then.
    const isBelowAll = seqIn(mark) > (lastSeq(timeline) ?? Infinity);
    if (count && mark) await this.#bring(mark);
    const line = document.getElementById("new");
    if (!count || !line || !(isBelowAll || this.#isBelow(line))) return this.toEnd();
    this.#scroll.to(line, "start");
  }

  /** @param {string} key   of a message that may not be in the page */
  async #bring(key) {
    if (!document.getElementById(key)) await this.#load(seqIn(key) || this.#chat.state.head);
    this.#list.drawWhole();
  }

  /** @param {Element} element */
  #isBelow(element) {
    return element.getBoundingClientRect().top > this.#list.root.getBoundingClientRect().bottom;
  }

  /** @param {number} seq @returns {Promise<boolean>} whether the message was found, and is visible now */
  async toMessage(seq) {
    const isAnswered = await this.#load(seq);
    this.#list.drawWhole();
    const element = this.#list.rowOf(seq);
    if (!element) {
      tell(isAnswered ? "not-found" : "history-failed");
      return false;
    }
    this.#scroll.to(element);
    this.#flash(seq);
    return true;
  }

  /** Goes to the line above the first unread message, if it isn't visible. */
  toUnread() {
    if (this.#chat.state.unread.mark) this.#list.drawWhole();
    const line = document.getElementById("new");
    const { top } = this.#list.root.getBoundingClientRect();
    if (line && line.getBoundingClientRect().top < top) this.#scroll.to(line, "start");
  }
}
