/**
 * Parts of the page that the first paint doesn't need: each is fetched when it is first wanted.
 *
 * @import {DrawScheduler, View} from "./scheduler.js"
 * @import {State} from "./types.js"
 */

export const extras = {
  people: once(() => import("./views/people.js")),
  strip: once(() => import("./views/strip.js")),
  typing: once(() => import("./views/typing.js")),
  join: once(() => import("./views/join.js")),
  settings: once(() => import("./views/settings.js")),
  share: once(() => import("./views/share.js")),
  shortcuts: once(() => import("./views/shortcuts.js")),
  peopleSheet: once(() => import("./views/people-sheet.js")),
  mentions: once(() => import("./views/mentions.js")),
  history: once(() => import("./history.js")),
  notifications: once(() => import("./notifications.js")),
  announcer: once(() => import("./announcer.js")),
  keyboard: once(() => import("./keyboard.js")),
  registerSw: once(() => import("./register-sw.js")),
};

/**
 * @template T
 * @param {() => Promise<T>} fetchIt
 * @returns {() => Promise<T>} fetches it at the first call; again only if that failed
 */
function once(fetchIt) {
  /** @type {Promise<T> | undefined} */
  let fetched;
  return () => {
    fetched ??= fetchIt().catch((error) => {
      fetched = undefined;
      throw error;
    });
    return fetched;
  };
}

/**
 * Uses one of the extras; while it can't be fetched, nothing happens.
 *
 * @template T
 * @param {() => Promise<T>} extra
 * @param {(module: T) => unknown} act
 */
export const use = (extra, act) => void extra().then(act, () => undefined);

/**
 * Fetches one of the extras at the first event that wants it, and hands that event on.
 *
 * @template T
 * @param {EventTarget} target
 * @param {string} type
 * @param {() => boolean} isWanted
 * @param {() => Promise<T>} extra
 * @param {(module: T, event: Event) => void} act
 */
export function useAtFirst(target, type, isWanted, extra, act) {
  let isFetching = false;
  target.addEventListener(type, function listen(event) {
    if (isFetching || !isWanted()) return;
    isFetching = true;
    extra().then(
      (module) => {
        target.removeEventListener(type, listen);
        act(module, event);
      },
      () => {
        isFetching = false;
      },
    );
  });
}

/** A view that is fetched when there is first something for it to show. */
export class LazyView {
  ticks = true;
  #fetch;
  #isWanted;
  #draws;
  /** @type {View | undefined} */
  #view;
  #isFetching = false;

  /**
   * @param {DrawScheduler} draws
   * @param {(state: State) => boolean} isWanted
   * @param {() => Promise<View>} fetch
   */
  constructor(draws, isWanted, fetch) {
    this.#draws = draws;
    this.#isWanted = isWanted;
    this.#fetch = fetch;
  }

  /** @param {State} state */
  draw(state) {
    if (this.#view) this.#view.draw(state);
    else if (!this.#isFetching && this.#isWanted(state)) void this.#get();
  }

  async #get() {
    this.#isFetching = true;
    this.#view = await this.#fetch().catch(() => undefined);
    this.#isFetching = false;
    this.#draws.request(this);
  }
}

/** Fetches all of them, so that they are there when the connection isn't. */
export async function fetchExtras() {
  await Promise.allSettled(Object.values(extras).map((fetchIt) => fetchIt()));
}
