/**
 * The views that are empty until the chat is usable: each is fetched when it first has something to show.
 *
 * @import {Chat} from "../conversation/chat.js"
 * @import {DrawScheduler, View} from "../draw-scheduler.js"
 * @import {State} from "../types.js"
 */
import { html, nothing, render } from "../../vendor/vendor.js";
import { t } from "../i18n/i18n.js";
import { extras } from "../lazy-modules.js";
import { holdOf, rulesInForce } from "../state/rules.js";
import { CONNECTING_SHOWN_AFTER, NOTICEABLE } from "../state/state.js";

/** A view that is fetched when it first has something to show. */
class LazyView {
  ticks = true;
  #fetch;
  #isNeeded;
  #draws;
  #standIn;
  /** @type {View | undefined} */
  #view;
  #isFetching = false;

  /**
   * @param {DrawScheduler} draws
   * @param {(state: State) => boolean} isNeeded
   * @param {() => Promise<View>} fetch
   * @param {(state: State) => void} [standIn]   draws in its place until it has come
   */
  constructor(draws, isNeeded, fetch, standIn = () => {}) {
    this.#standIn = standIn;
    this.#draws = draws;
    this.#isNeeded = isNeeded;
    this.#fetch = fetch;
  }

  /** @param {State} state */
  draw(state) {
    if (this.#view) return this.#view.draw(state);
    this.#standIn(state);
    if (!this.#isFetching && this.#isNeeded(state)) void this.#get();
  }

  async #get() {
    this.#isFetching = true;
    this.#view = await this.#fetch().catch(() => undefined);
    this.#isFetching = false;
    if (this.#view) this.#draws.request(this); // otherwise the next draw fetches it again
  }
}

/**
 * @param {State} state
 * @returns {boolean} whether there is a status to show: not while the page first connects, unless that takes long
 */
const isStatusBarNeeded = ({ connection: { phase, since, joinedBefore } }) =>
  joinedBefore || (phase !== "idle" && performance.now() - since >= CONNECTING_SHOWN_AFTER);

/**
 * Says that the connection is lost, until the status bar is fetched: that needs the connection.
 *
 * @param {State} state
 */
function sayLost({ connection: { phase, since, joinedBefore } }) {
  const isLost = joinedBefore && /connecting|waiting/.test(phase) && performance.now() - since >= NOTICEABLE;
  const id = phase === "offline" ? "status-offline" : isLost && "status-lost";
  const line = id ? html`<div class="strip-line" data-tone="warning">${t(id)}</div>` : nothing;
  render(line, /** @type {HTMLElement} */ (document.getElementById("strip")));
}

/**
 * @param {Chat} chat
 * @param {DrawScheduler} draws
 * @param {(name: string) => void} mention   writes somebody into the field
 * @returns {LazyView[]}
 */
export const lateViews = (chat, draws, mention) => [
  new LazyView(
    draws,
    ({ online }) => online.count > 0,
    () =>
      extras
        .peopleList()
        .then(
          ({ PeopleList }) =>
            new PeopleList(chat, /** @type {HTMLElement} */ (document.getElementById("people")), mention),
        ),
  ),
  new LazyView(
    draws,
    ({ subject }) => subject !== null,
    () => extras.replyOrEdit().then(({ ReplyOrEdit }) => new ReplyOrEdit(chat)),
  ),
  new LazyView(
    draws,
    isStatusBarNeeded,
    () => extras.statusBar().then(({ StatusBar }) => new StatusBar(chat)),
    sayLost,
  ),
  new LazyView(
    draws,
    ({ role, rules }) => Boolean(role || rules.topic || rulesInForce(rules).length),
    () => extras.headerTopic().then(({ HeaderTopic }) => new HeaderTopic(chat)),
  ),
  new LazyView(
    draws,
    (state) => holdOf(state, performance.now()) !== null,
    () => extras.postingHold().then(({ PostingHold }) => new PostingHold()),
  ),
  new LazyView(
    draws,
    ({ typing }) => typing.people.length > 0,
    () => extras.typing().then(({ TypingView }) => new TypingView()),
  ),
];
