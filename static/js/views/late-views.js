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
import { sleep } from "../sleep.js";
import { holdOf, rulesInForce } from "../state/rules.js";
import { statusOf } from "../state/status.js";

/** What couldn't be fetched is fetched again after this long (ms): the network may be away for hours. */
const FETCH_AGAIN_AFTER = 5_000;

/** How long (ms) the button for pictures lets pass what shows that the chat can be used. */
const ATTACH_AFTER = 200;

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
    if (!this.#view) await sleep(FETCH_AGAIN_AFTER);
    this.#isFetching = false;
    this.#draws.request(this);
  }
}

/**
 * Says what the status bar would, without what counts down or can be pressed, until it is fetched: that may need
 * just the connection that is lost.
 *
 * @param {State} state
 */
function sayStatus(state) {
  const status = statusOf(state, performance.now());
  const line =
    status &&
    html`<div class="strip-line" data-tone=${status.tone}>${t(status.id, { minutes: status.minutes ?? 0 })}</div>`;
  render(line ?? nothing, /** @type {HTMLElement} */ (document.getElementById("strip")));
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
    ({ attached }) => attached.length > 0,
    () => extras.pictureStrip().then(({ PictureStrip }) => new PictureStrip(chat)),
  ),
  new LazyView(
    draws,
    (state) => state.connection.joinedBefore || statusOf(state, performance.now()) !== null,
    () => extras.statusBar().then(({ StatusBar }) => new StatusBar(chat)),
    sayStatus,
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
    ({ limits }) => Boolean(limits.pictures),
    async () => {
      await sleep(ATTACH_AFTER);
      const { AttachButton } = await extras.attach();
      return new AttachButton(chat);
    },
  ),
  new LazyView(
    draws,
    ({ typing }) => typing.people.length > 0,
    () => extras.typing().then(({ TypingView }) => new TypingView()),
  ),
];
