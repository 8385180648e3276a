/**
 * Decides which parts of the room are loaded, as the reader gets there. The requests themselves (history.js)
 * are fetched with the first.
 *
 * @import {Chat} from "./chat.js"
 * @import {Side} from "../types.js"
 */

import { t } from "../i18n/i18n.js";
import { extras, tell, use, useOrTell } from "../lazy-modules.js";
import { hasSpace } from "../state/timeline.js";

/** So many parts are loaded to reach the first unread message. */
const UNREAD_PARTS = 4;

const LOADERS = /** @type {const} */ ({ older: "loadOlder", newer: "loadNewer" });

export class HistoryLoader {
  #chat;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
  }

  /**
   * Little is left on one side.
   *
   * @param {Side} side
   * @param {boolean} isShort   the list is: then a full window would only go back and forth
   */
  loadAtEdge(side, isShort) {
    const { timeline } = this.#chat.state;
    const isAll = side === "older" ? timeline.start : timeline.atHead;
    if (isAll || (isShort && !hasSpace(timeline))) return;
    use(extras.history, (history) => history[LOADERS[side]](this.#chat));
  }

  /**
   * The person asks for more, also after a failure: they are told of another one, which looks like the one
   * before.
   *
   * @param {Side} side
   */
  loadAgain(side) {
    useOrTell(extras.history, async (history) => {
      const isLoaded = await history[LOADERS[side]](this.#chat, true);
      if (!isLoaded) tell(t("history-failed"));
    });
  }

  /**
   * What wasn't read and isn't in the page is loaded, as far as there is space for it.
   *
   * @param {() => boolean} isWanted   asked again before each part
   */
  async loadUnread(isWanted) {
    const chat = this.#chat;
    if (!chat.state.unread.above) return;
    const load = (await extras.history().catch(() => null))?.loadOlder;
    const isMissing = () => chat.state.unread.above > 0 && isWanted();
    for (let left = UNREAD_PARTS; load && left && isMissing(); left -= 1) await load(chat);
  }

  /**
   * @param {number} seq
   * @param {() => boolean} [isWanted]
   * @returns {Promise<boolean>} whether there was an answer, where one was needed
   */
  async loadAround(seq, isWanted) {
    const history = await extras.history().catch(() => null);
    return (await history?.loadAround(this.#chat, seq, isWanted)) ?? false;
  }
}
