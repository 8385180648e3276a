/**
 * The page around the chat: creates the views, requests a draw after each change, and reacts to events. Once
 * the chat is usable, it fetches the extras.
 *
 * @import {Chat} from "./conversation/chat.js"
 * @import {ChatEvent, State, WireMessage} from "./types.js"
 */

import { HistoryLoader } from "./conversation/history-loader.js";
import { atMidnight, DrawScheduler } from "./draw-scheduler.js";
import { isolate, languageFor, loadLanguage, onLanguage, t } from "./i18n/i18n.js";
import { listenToPerson } from "./input/listeners.js";
import { extras, fetchExtras, tell, use } from "./lazy-modules.js";
import { seqIn } from "./state/timeline.js";
import { embedToken } from "./storage/credentials.js";
import { onPrefs, prefs } from "./storage/prefs.js";
import { Names } from "./text/names.js";
import { Composer } from "./views/composer/composer.js";
import { HeaderView } from "./views/header/header.js";
import { dialogsOf } from "./views/header/header-dialogs.js";
import { otherLanguage } from "./views/language-choice.js";
import { lateViews } from "./views/late-views.js";
import { ListView } from "./views/list/list.js";
import { ListJump } from "./views/list/list-jump.js";
import { ListScroll } from "./views/list/scroll.js";
import { mention } from "./views/people/mention.js";
import { hues } from "./views/people/person-colours.js";

/** The extras are fetched this long after the chat is usable (ms). */
const EXTRAS_AFTER = 5_000;

const tellOfLoss = () => use(extras.toast, ({ showRefusal }) => showRefusal({ code: "lost" }));

const tellOfLink = () => tell(t("moderation-link-refused"));

/** @returns {number} the message in the address, NaN for none */
const linkedSeq = () => seqIn(location.hash.slice(1));

/** Refusals that the person can do nothing about. */
const OUT = new Set(["barred", "locked"]);

/** @param {State} state @returns {boolean} whether the person is to be told why they aren't in the chat */
const isTurnedAway = ({ refusal, connection: { phase } }) =>
  Boolean(refusal) || phase === "removed" || phase === "expired";

class Page {
  #chat;
  #loader;
  #draws;
  #scroll;
  #list;
  #jump;
  #composer;
  #dialogs;
  #names = new Names();
  /** @type {string} */
  #lang = prefs().lang;
  #wasFollowing = true;
  /** Nothing counts as read before the page is where the reader is to begin. */
  #hasArrived = false;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    this.#loader = new HistoryLoader(chat);
    this.#draws = new DrawScheduler(() => chat.state);
    this.#scroll = new ListScroll(/** @type {HTMLElement} */ (document.getElementById("list")), {
      move: () => this.#onMove(),
      top: (isShort) => this.#list.isWhole && this.#loader.loadAtEdge("older", isShort),
      bottom: (isShort) => this.#loader.loadAtEdge("newer", isShort),
    });
    const [draws, scroll, names, loader] = [this.#draws, this.#scroll, this.#names, this.#loader];
    const goTo = (/** @type {number} */ seq) => void this.#jump.toMessage(seq);
    this.#dialogs = dialogsOf(chat, goTo);
    this.#list = new ListView(chat, {
      draws,
      scroll,
      names,
      loadOlder: () => loader.loadAgain("older"),
      loadNewer: () => loader.loadAgain("newer"),
      invite: this.#dialogs.share,
      goTo,
    });
    this.#jump = new ListJump(chat, { scroll, list: this.#list, load: (...of) => loader.loadAround(...of) });
    this.#composer = new Composer(chat, draws, () => void this.#jump.toPost());
    const reading = { draw: () => this.#onMove() };
    draws.add(
      new HeaderView(this.#dialogs),
      this.#list,
      this.#jump,
      this.#composer,
      ...lateViews(chat, draws, mention),
      reading,
    );
  }

  /** Draws the current state, and listens for changes. */
  open() {
    const chat = this.#chat;
    this.#listen();
    chat.sendNext();
    hues.keepApart(chat.state.online.people);
    this.#learnNames(chat.state);
    this.#draws.request();
    this.#draws.flush();
    if (chat.state.connection.joinedBefore) void this.#begin();
    if (chat.state.changesLost) tellOfLoss();
    if (chat.state.isLinkRefused) tellOfLink();
    if (!(prefs().name || embedToken()) || isTurnedAway(chat.state)) this.#ask();
  }

  #listen() {
    const chat = this.#chat;
    chat.listen((state, before, event) => this.#onChange(state, before, event));
    onPrefs(({ lang }) => void this.#onPrefs(lang));
    onLanguage(() => this.#markUnread()); // the title
    document.addEventListener("visibilitychange", () => this.#onMove());
    for (const type of ["focus", "blur"]) addEventListener(type, () => this.#onMove());
    addEventListener("hashchange", () => void this.#onHash());
    atMidnight(() => this.#draws.request(this.#list));
    const [list, field, toEnd] = [this.#list.root, this.#composer.field, () => this.#jump.toEnd()];
    listenToPerson({ chat, list, field, dialogs: this.#dialogs, toEnd });
  }

  /** @param {State} state @param {State} before @param {ChatEvent} event */
  #onChange(state, before, event) {
    if (state.online.people !== before.online.people) hues.keepApart(state.online.people);
    this.#learnNames(state);
    this.#draws.request();
    this.#react(state, before, event);
    if (isTurnedAway(state) && !isTurnedAway(before)) this.#ask();
    if (state.role && !before.role && this.#hasArrived) void fetchExtras(state);
    if (state.changesLost > before.changesLost) tellOfLoss();
    if (state.posts !== before.posts && state.posts.some(({ status }) => status === "failed"))
      use(extras.announcer, ({ announceFailures }) => announceFailures(state, before));
    if (state.unread.count !== before.unread.count) this.#markUnread();
  }

  #markUnread() {
    use(extras.notifications, ({ markUnread }) => markUnread(this.#chat.state));
  }

  /** What comes of the event itself. @param {State} state @param {State} before @param {ChatEvent} event */
  #react(state, before, event) {
    if (event.type === "welcome" && !before.connection.joinedBefore) void this.#begin();
    if ("isLinkRefused" in event && event.isLinkRefused) tellOfLink();
    if (event.type === "renamed" && !event.ref) tell(t("set-renamed", { name: isolate(event.you.name) }));
    const isBack = event.type === "welcome" && before.connection.joinedBefore;
    if (isBack) use(extras.announcer, ({ followAnnounced }) => followAnnounced(this.#chat.state));
    if (event.type === "reset" || (event.type === "welcome" && event.lost)) {
      use(extras.announcer, ({ forgetAnnounced }) => forgetAnnounced());
      const { epoch } = event; // messages of a backup have their former one
      this.#onNews(
        event.messages.filter(({ seq = 0 }) => seq > state.read).map((each) => ({ ...each, epoch })),
      );
    }
    if (event.type === "rules") use(extras.announcer, ({ announceRules }) => announceRules(state, before));
    if (event.type === "message" && (event.outside || state.position !== before.position))
      this.#onNews([event]);
    if (event.type === "welcome" && event.recovered) this.#onNews(event.messages); // what was missed
    if (event.type === "amended" && state.position !== before.position)
      use(extras.announcer, ({ announceChange }) => announceChange(event.message, state, before));
    if (event.type === "amended" || isBack)
      use(extras.notifications, ({ followNotice }) => followNotice(this.#chat.state));
    if (event.type === "change-refused" && state.changes.length < before.changes.length)
      use(extras.toast, ({ showRefusal }) => showRefusal(event));
    if (event.type === "post-written") use(extras.offerNotices, ({ offerNotices }) => offerNotices());
  }

  /** @param {State} state */
  #learnNames(state) {
    this.#names.me = state.me?.name ?? prefs().name;
    this.#names.learn(state);
  }

  /** @param {WireMessage[]} messages   new ones */
  #onNews(messages) {
    use(extras.announcer, ({ announce }) => announce(messages, this.#chat.state));
    use(extras.notifications, ({ notify }) => notify(messages, () => this.#chat.state, this.#names));
  }

  /** The list was scrolled or drawn, or the page was hidden, shown, focused or left. */
  #onMove() {
    const { timeline, unread } = this.#chat.state;
    const isLookedAt = this.#hasArrived && !document.hidden && document.hasFocus();
    const watching = isLookedAt && this.#scroll.following && timeline.atHead;
    const seen = isLookedAt && !watching && unread.count ? this.#scroll.lastInSight() : undefined;
    this.#chat.dispatch({ type: "view-changed", watching, seen });
    if (this.#scroll.following === this.#wasFollowing) return;
    this.#wasFollowing = this.#scroll.following;
    this.#draws.request(this.#jump);
  }

  /** @param {string} lang   chosen by the person, or "" */
  async #onPrefs(lang) {
    this.#scroll.fit();
    if (lang !== this.#lang) {
      const before = this.#lang;
      this.#lang = lang;
      // Where it was chosen here, it is loaded. After a failure the next change of a setting loads it.
      await loadLanguage(languageFor(lang)).catch(() => {
        if (this.#lang === lang) this.#lang = before;
      });
    }
    this.#draws.request();
  }

  async #onHash() {
    if (location.hash.startsWith("#jwt=")) await this.#chat.renew();
    else if (location.hash.startsWith("#mod=")) this.#chat.rejoin();
    else if (linkedSeq()) await this.#jump.toMessage(linkedSeq());
  }

  /** The chat is usable: goes to the right place in the list, and fetches the extras later. */
  async #begin() {
    use(extras.visitedRooms, ({ keepRoom }) => keepRoom(this.#chat));
    await this.#arrive();
    this.#hasArrived = true;
    this.#onMove();
    setTimeout(async () => {
      await fetchExtras(this.#chat.state);
      use(extras.registerSw, ({ keepForOffline }) => keepForOffline());
    }, EXTRAS_AFTER);
  }

  /** Goes to the message in the address, or to the first unread one. */
  async #arrive() {
    const seq = linkedSeq();
    if (seq && (await this.#jump.toMessage(seq))) return;
    await this.#jump.toUnread(async (isWanted) => {
      await this.#loader.loadUnread(isWanted);
      this.#draws.flush();
    });
  }

  /** Asks for what is missing to get in, or says why the person may not. Without the code for that there is no chat. */
  #ask() {
    const { refusal, connection } = this.#chat.state;
    const isOut = connection.phase === "removed" || OUT.has(refusal?.code ?? "");
    const fail = () => void dispatchEvent(new Event("chat-failed"));
    if (isOut) use(extras.keptOut, ({ openOut }) => openOut(this.#chat), fail);
    else use(extras.join, ({ openJoin }) => openJoin(this.#chat), fail);
  }
}

/** @param {Chat} chat */
export async function openPage(chat) {
  const lang = languageFor(prefs().lang);
  await loadLanguage(lang).catch(() => loadLanguage(otherLanguage(lang)));
  new Page(chat).open();
}
