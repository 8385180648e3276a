/**
 * The page: finds out which room and who, opens the chat, and draws the views when something has changed. What isn't
 * needed for the first paint is fetched when it is first wanted.
 *
 * @import {State} from "./types.js"
 */
import { Chat } from "./chat.js";
import { language, languageFor, loadLanguage, t } from "./i18n.js";
import { embedToken, onPrefs, prefs } from "./prefs.js";
import { composerView } from "./views/composer.js";
import { headerView, isTicking } from "./views/header.js";
import { listView } from "./views/list.js";
import { peopleView } from "./views/people.js";

/** While something counts down, the strip looks at the clock this often (ms). */
const TICK = 250;
const FRAME = 16;
/** The extras are fetched this long after the page is of use (ms), so that they are there when the connection isn't. */
const EXTRAS_AFTER = 5_000;

/** Drawing takes at most a part of the time, one in so many, however much is said: the rest is for the person. */
const DRAWING_SHARE = 3;
/** More would gather in a longer rest (ms) than can be drawn without being felt. */
const LONGEST_REST = 30;

const extras = {
  join: once(() => import("./views/join.js")),
  settings: once(() => import("./views/settings.js")),
  share: once(() => import("./views/share.js")),
  shortcuts: once(() => import("./views/shortcuts.js")),
  peopleSheet: once(() => import("./views/people-sheet.js")),
  mentions: once(() => import("./views/mentions.js")),
  notifications: once(() => import("./notifications.js")),
  announcer: once(() => import("./announcer.js")),
  keyboard: once(() => import("./keyboard.js")),
  registerSw: once(() => import("./register-sw.js")),
};

/**
 * Uses one of the extras; while it can't be fetched, nothing happens.
 *
 * @template T
 * @param {() => Promise<T>} extra
 * @param {(module: T) => unknown} act
 */
const use = (extra, act) => void extra().then(act, () => undefined);

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
function atFirst(target, type, isWanted, extra, act) {
  let begun = false;
  target.addEventListener(type, function listen(event) {
    if (begun || !isWanted()) return;
    begun = true;
    extra().then(
      (module) => {
        target.removeEventListener(type, listen);
        act(module, event);
      },
      () => (begun = false),
    );
  });
}

/**
 * @template T
 * @param {() => Promise<T>} fetchIt
 * @returns {() => Promise<T>} fetches it at the first call; again only if that failed
 */
function once(fetchIt) {
  /** @type {Promise<T> | undefined} */
  let fetched;
  return () =>
    (fetched ??= fetchIt().catch((error) => {
      fetched = undefined;
      throw error;
    }));
}

/** @returns {string} the room that the address names */
function roomOf(/** @type {string} */ path) {
  const name = path.match(/^\/r\/([^/]+)\/?$/)?.[1];
  try {
    return name ? decodeURIComponent(name) : "chat";
  } catch {
    return name ?? "chat";
  }
}

/** @returns {string} the hash of all static files, which is the version of this page */
const versionOf = (/** @type {string} */ address) => address.match(/\/static\/([^/]+)\/js\//)?.[1] ?? "";

// The chat is called while the words are still on their way.
const chat = new Chat({ room: roomOf(location.pathname), version: versionOf(import.meta.url) });
void chat.open();
await loadLanguage(languageFor(prefs().lang)).catch(() => loadLanguage("ru"));

let scheduled = false;
let restUntil = 0;
/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;

const list = listView(chat, schedule);
const composer = composerView(chat, { onSent: () => void list.toEnd() });
const people = peopleView(chat, /** @type {HTMLElement} */ (document.getElementById("people")));
const header = headerView(chat, {
  people: () => use(extras.peopleSheet, ({ openPeopleSheet }) => openPeopleSheet(chat)),
  share: () => use(extras.share, ({ openShare }) => openShare(chat)),
  settings: () => use(extras.settings, ({ openSettings }) => openSettings(chat)),
});

/** Draws once a frame or less often, however much has happened; a hidden page has no frames. */
function schedule() {
  if (scheduled) return;
  scheduled = true;
  const wait = restUntil - performance.now();
  if (document.hidden) setTimeout(draw, TICK);
  else if (wait > FRAME) setTimeout(() => requestAnimationFrame(draw), wait - FRAME);
  else requestAnimationFrame(draw);
}

function draw() {
  scheduled = false;
  const began = performance.now();
  drawAll(chat.state);
  const spent = performance.now() - began;
  restUntil = began + spent + Math.min(LONGEST_REST, spent * (DRAWING_SHARE - 1));
}

/** @param {State} state */
function drawAll(state) {
  header.draw(state);
  list.draw(state);
  composer.draw(state);
  people.draw(state);
  if (!state.unread.count) document.title = t("app");
  if (isTicking(state, Date.now())) ticking ??= setInterval(tick, TICK);
}

function tick() {
  const { state } = chat;
  header.tick(state);
  composer.draw(state);
  list.drawBelow(state);
  if (isTicking(state, Date.now())) return;
  clearInterval(ticking);
  ticking = undefined;
}

const openHelp = () => use(extras.shortcuts, ({ openShortcuts }) => openShortcuts());
const askWhoYouAre = () => use(extras.join, ({ openJoin }) => openJoin(chat));

/** Puts the page where the address points, or where reading was left off. */
async function arrive() {
  const seq = Number(location.hash.match(/^#m(\d+)$/)?.[1]);
  if (seq && (await list.toMessage(seq))) return;
  draw();
  list.toUnread();
}

chat.listen((state, before, event) => {
  schedule();
  if (event.type === "welcome" && !before.connection.joinedBefore) void begin();
  if (state.refusal && !before.refusal) askWhoYouAre();
  if (
    state.connection.phase !== before.connection.phase &&
    (state.connection.phase === "removed" || state.connection.phase === "expired")
  )
    askWhoYouAre();
  if (event.type === "message" && (event.outside || state.position !== before.position)) tell(event);
  if (state.unread.count !== before.unread.count)
    use(extras.notifications, ({ markUnread }) => markUnread(chat.state));
});

/** The chat is of use: shows what is looked for, and fetches the rest of the page in a quiet moment. */
async function begin() {
  await arrive();
  if (document.activeElement === document.body) composer.field.focus();
  setTimeout(fetchExtras, EXTRAS_AFTER);
}

async function fetchExtras() {
  await Promise.allSettled(Object.values(extras).map((fetchIt) => fetchIt()));
  use(extras.registerSw, ({ keepForOffline }) => keepForOffline());
}

/** @param {any} message   that has just come */
function tell(message) {
  use(extras.announcer, ({ announce }) => announce(message, chat.state));
  if (!chat.state.watching) use(extras.notifications, ({ notify }) => notify(message, chat.state));
}

onPrefs(async ({ lang }) => {
  const wanted = languageFor(lang);
  if (wanted !== language()) await loadLanguage(wanted);
  schedule();
});

addEventListener("hashchange", () => void (location.hash.startsWith("#jwt=") ? chat.renew() : arrive()));
atFirst(
  document,
  "keydown",
  () => !document.querySelector("dialog[open]"),
  extras.keyboard,
  ({ listenToKeys }, event) => {
    const page = { list: list.list, field: composer.field, toEnd: list.toEnd, showShortcuts: openHelp };
    listenToKeys(page)(/** @type {KeyboardEvent} */ (event));
  },
);
atFirst(
  composer.field,
  "input",
  () => composer.field.value.includes("@"),
  extras.mentions,
  ({ offerMentions }) => offerMentions(chat, composer.field),
);

draw();
if (chat.state.connection.joinedBefore) void begin();
if (!(prefs().name || embedToken()) || chat.state.refusal) askWhoYouAre();
