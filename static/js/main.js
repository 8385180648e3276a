/**
 * The page: finds out which room and who, opens the chat, and draws the views when something has changed. What isn't
 * needed for the first paint is fetched when it is first wanted.
 */
import { openChat } from "./chat.js";
import { onPrefs, prefs } from "./prefs.js";
import { composerView } from "./views/composer.js";
import { headerView, isTicking } from "./views/header.js";
import { listView } from "./views/list.js";
import { peopleView } from "./views/people.js";
import { language, languageFor, speak, t } from "./words.js";

/** While something counts down, the strip looks at the clock this often (ms). */
const TICK = 250;
/** The extras are fetched this long after the page is of use (ms), so that they are there when the connection isn't. */
const EXTRAS_AFTER = 5_000;

const extras = {
  join: () => import("./views/join.js"),
  settings: () => import("./views/settings.js"),
  share: () => import("./views/share.js"),
  keys: () => import("./views/keys.js"),
  sheet: () => import("./views/sheet.js"),
  complete: () => import("./views/complete.js"),
  attention: () => import("./attention.js"),
  announcer: () => import("./announcer.js"),
  keyboard: () => import("./keyboard.js"),
  offline: () => import("./offline.js"),
};

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

await speak(languageFor(prefs().lang)).catch(() => speak("ru"));

const chat = openChat({ room: roomOf(location.pathname), version: versionOf(import.meta.url) });
const list = listView(chat);
const composer = composerView(chat, { onSent: () => void list.toEnd() });
const people = peopleView(chat, /** @type {HTMLElement} */ (document.getElementById("people")));
const header = headerView(chat, {
  people: async () => (await extras.sheet()).openSheet(chat),
  share: async () => (await extras.share()).openShare(chat),
  settings: async () => (await extras.settings()).openSettings(chat),
});

let scheduled = false;
/** @type {ReturnType<typeof setInterval> | undefined} */
let ticking;

/** Draws once a frame, however much has happened; a hidden page has no frames. */
function schedule() {
  if (scheduled) return;
  scheduled = true;
  if (document.hidden) setTimeout(draw, TICK);
  else requestAnimationFrame(draw);
}

function draw() {
  scheduled = false;
  const { state } = chat;
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

async function askWhoYouAre() {
  (await extras.join()).openJoin(chat);
}

/** Puts the page where the address points, or where reading was left off. */
async function arrive() {
  const seq = Number(location.hash.match(/^#m(\d+)$/)?.[1]);
  if (seq && (await list.toMessage(seq))) return;
  draw();
  list.toUnread();
}

chat.listen((state, before, event) => {
  schedule();
  if (event.type === "welcome" && !before.link.joinedBefore) void begin();
  if (state.refusal && !before.refusal) void askWhoYouAre();
  if (state.link.phase === "removed" && before.link.phase !== "removed") void askWhoYouAre();
  if (state.position !== before.position && event.type === "message") void tell(event);
  if (state.unread.count !== before.unread.count) void extras.attention().then(({ markUnread }) => markUnread(chat.state));
});

/** The chat is of use: shows what is looked for, and fetches the rest of the page in a quiet moment. */
async function begin() {
  await arrive();
  if (document.activeElement === document.body) composer.field.focus();
  setTimeout(fetchExtras, EXTRAS_AFTER);
}

async function fetchExtras() {
  await Promise.allSettled(Object.values(extras).map((fetchIt) => fetchIt()));
  (await extras.offline()).keepForOffline();
}

/** @param {any} message   that has just come */
async function tell(message) {
  (await extras.announcer()).announce(message, chat.state);
  if (!chat.state.watching) (await extras.attention()).call(message, chat.state);
}

onPrefs(async ({ lang }) => {
  const wanted = languageFor(lang);
  if (wanted !== language()) await speak(wanted);
  schedule();
});

addEventListener("hashchange", () => void arrive());
document.addEventListener("keydown", async (event) => {
  const { listenToKeys } = await extras.keyboard();
  const help = async () => (await extras.keys()).openKeys();
  listenToKeys(list, composer, help)(event);
}, { once: true });
composer.field.addEventListener("input", async function mention() {
  if (!composer.field.value.includes("@")) return;
  composer.field.removeEventListener("input", mention);
  (await extras.complete()).completeIn(chat, composer.field);
});

draw();
document.documentElement.dataset.ready = "";
await chat.open();
if (!prefs().name) await askWhoYouAre();
