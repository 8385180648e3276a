/** The modules that the first paint doesn't need. Each is fetched when it is first needed. */
import { t } from "./i18n/i18n.js";
import { isModerator } from "./state/rules.js";

export const extras = {
  peopleList: once(() => import("./views/people/people-list.js")),
  statusBar: once(() => import("./views/header/status-bar.js")),
  typing: once(() => import("./views/list/typing.js")),
  postingHold: once(() => import("./views/composer/posting-hold.js")),
  join: once(() => import("./views/entering/join.js")),
  keptOut: once(() => import("./views/entering/kept-out.js")),
  settings: once(() => import("./views/dialogs/settings.js")),
  share: once(() => import("./views/dialogs/share.js")),
  shortcuts: once(() => import("./views/dialogs/shortcuts.js")),
  peopleSheet: once(() => import("./views/people/people-sheet.js")),
  mentionList: once(() => import("./views/composer/mention-list.js")),
  history: once(() => import("./conversation/history.js")),
  notifications: once(() => import("./alerts/notifications.js")),
  toast: once(() => import("./views/overlays/toast.js")),
  lateStyles: once(() => import("./views/overlays/late-styles.js")),
  announcer: once(() => import("./alerts/announcer.js")),
  messageParts: once(() => import("./views/list/message-parts.js")),
  quotes: once(() => import("./conversation/quotes.js")),
  replyOrEdit: once(() => import("./views/composer/reply-or-edit.js")),
  reactions: once(() => import("./conversation/reactions.js")),
  reactionsDialog: once(() => import("./views/message-menu/reactions-dialog.js")),
  deletionDialog: once(() => import("./views/message-menu/deletion-dialog.js")),
  messageButtons: once(() => import("./views/message-menu/message-buttons.js")),
  copyMessages: once(() => import("./input/copy-messages.js")),
  insertText: once(() => import("./dom/insert-text.js")),
  attach: once(() => import("./views/composer/attach.js")),
  uploads: once(() => import("./conversation/uploads.js")),
  pictureStrip: once(() => import("./views/composer/picture-strip.js")),
  pictureViewer: once(() => import("./views/message-menu/picture-viewer.js")),
  stillPictures: once(() => import("./views/list/still-pictures.js")),
  emojiPicker: once(() => import("./views/dialogs/emoji-picker.js")),
  roomSwitcher: once(() => import("./views/dialogs/room-switcher.js")),
  search: once(() => import("./views/dialogs/search.js")),
  headerTopic: once(() => import("./views/header/header-topic.js")),
  visitedRooms: once(() => import("./storage/visited-rooms.js")),
  offerNotices: once(() => import("./views/composer/offer-notices.js")),
  keyboard: once(() => import("./input/keyboard.js")),
  registerSw: once(() => import("./register-sw.js")),
};

/** What only moderators need. */
export const moderatorExtras = {
  moderationPanel: once(() => import("./views/moderation/moderation-panel.js")),
  barring: once(() => import("./views/moderation/barring.js")),
  moderate: once(() => import("./views/moderation/moderate.js")),
  personMenu: once(() => import("./views/moderation/person-menu.js")),
  longPress: once(() => import("./dom/long-press.js")),
};

/**
 * @template T
 * @param {() => Promise<T>} fetchIt
 * @returns {() => Promise<T>} fetches at the first call, and again only after a failure
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
 * Calls `act` with one of the extras.
 *
 * @template T
 * @param {() => Promise<T>} extra
 * @param {(module: T) => unknown} act
 * @param {() => void} [fail]   what happens if it can't be fetched: nothing, as a rule
 */
export const use = (extra, act, fail = () => {}) => void extra().then(act, fail);

/** @param {string} text   is shown for a while, in a toast */
export const tell = (text) => use(extras.toast, ({ showToast }) => showToast(text));

/** Says that something couldn't be fetched. */
export const tellNotLoaded = () => tell(t("load-failed"));

/**
 * Calls `act` with one of the extras, because the person has pressed something: they are told if it can't be fetched.
 *
 * @template T
 * @param {() => Promise<T>} extra
 * @param {(module: T) => unknown} act
 */
export const useOrTell = (extra, act) => use(extra, act, tellNotLoaded);

/**
 * Fetches one of the extras at the first event that needs it, and passes it that event and those that come meanwhile.
 *
 * @template T
 * @param {EventTarget} target
 * @param {string} type
 * @param {() => boolean} isNeeded
 * @param {() => Promise<T>} extra
 * @param {(module: T, first: Event, ...later: Event[]) => void} act
 */
export function useOnFirst(target, type, isNeeded, extra, act) {
  /** @type {Event[]} */
  const later = [];
  let isFetching = false;
  target.addEventListener(type, function listen(event) {
    if (!isNeeded()) return;
    if (isFetching) return void later.push(event);
    isFetching = true;
    extra().then(
      (module) => {
        target.removeEventListener(type, listen);
        act(module, event, ...later);
      },
      () => {
        isFetching = false;
        later.length = 0;
      },
    );
  });
}

/**
 * Fetches all extras that this person needs, so that they work without a connection.
 *
 * @param {{role?: string}} person
 */
export async function fetchExtras(person) {
  const needed = { ...extras, ...(isModerator(person) && moderatorExtras) };
  await Promise.allSettled(Object.values(needed).map((fetchIt) => fetchIt()));
}
