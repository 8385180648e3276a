/**
 * Loads the end of the room, where the page shows an older part: for a person who goes there, and by itself for a
 * reader who waits at the end of what is there.
 *
 * @import {Chat} from "../../conversation/chat.js"
 * @import {ListScroll} from "./scroll.js"
 * @import {EventType, State} from "../../types.js"
 * @import {ListView} from "./list.js"
 * @import {Navigation} from "./navigation.js"
 */
import { t } from "../../i18n/i18n.js";
import { tell } from "../../lazy-modules.js";

const TRIES = 3; // to reach the end of a room where others write meanwhile

/**
 * Loads a message into the timeline; false: there was no answer.
 *
 * @typedef {(seq: number, isWanted?: () => boolean) => Promise<boolean>} Load
 */

export class RoomEnd {
  #chat;
  #scroll;
  #list;
  #navigation;
  #load;
  /** Whether it is being loaded for a reader who waits, and they still do. */
  #isLoadingForWaiting = () => false;

  /**
   * @param {Chat} chat
   * @param {object} deps
   * @param {ListScroll} deps.scroll
   * @param {ListView} deps.list
   * @param {Navigation} deps.navigation
   * @param {Load} deps.load
   */
  constructor(chat, { scroll, list, navigation, load }) {
    this.#chat = chat;
    this.#scroll = scroll;
    this.#list = list;
    this.#navigation = navigation;
    this.#load = load;
    chat.listen((state, before, event) => this.#onChange(state, before, event.type));
  }

  /** Whether the page shows the end of the room. */
  get isThere() {
    return this.#chat.state.timeline.atHead;
  }

  get isLoadingForWaiting() {
    return this.#isLoadingForWaiting();
  }

  /**
   * @param {() => boolean} isWanted
   * @returns {Promise<boolean>} false: there was no answer, and the end of the room isn't there
   */
  async load(isWanted) {
    // A newer part that was loaded meanwhile may have brought the end.
    const isMissing = () => isWanted() && !this.isThere;
    // Messages that come meanwhile move the end on.
    for (let left = TRIES; left && isMissing(); left -= 1) {
      if (!(await this.#load(this.#chat.state.head, isMissing))) return this.isThere;
      if (isWanted()) this.#list.drawWhole();
    }
    return true;
  }

  /** Takes a reader who waits to the end of the room, unless they have gone elsewhere by the time it is loaded. */
  async loadForWaiting() {
    const isLatest = this.#navigation.latestCheck();
    const isWanted = () => this.#scroll.isWaiting && isLatest();
    this.#isLoadingForWaiting = isWanted;
    const isAnswered = await this.load(isWanted);
    if (!isWanted()) return;
    this.#isLoadingForWaiting = () => false;
    if (isAnswered) this.#scroll.toEnd();
    // A post that is stored meanwhile isn't seen here any more.
    else if (this.#chat.state.connection.phase === "online") tell(t("history-failed"));
  }

  /**
   * Tries for a reader who waits, once the server answers again or a newer part has come.
   *
   * @param {State} state
   * @param {State} before
   * @param {EventType} type   of the event
   */
  #onChange({ connection }, before, type) {
    const isBack = connection.phase === "online" && before.connection.phase !== "online";
    if (this.#scroll.isWaiting && (isBack || (type === "newer-loaded" && !this.isLoadingForWaiting)))
      queueMicrotask(() => void this.loadForWaiting());
  }
}
