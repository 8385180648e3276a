/**
 * Searches the messages of the room, on the server. What was found stays up to date: a deleted message leaves it, also
 * while nobody looks.
 *
 * @import {Chat} from "./chat.js"
 * @import {ChatEvent, MessageItem, Missed, State, WireMessage} from "../types.js"
 */
import { messageAt, TEMPORARY } from "../state/changes.js";
import { itemFrom } from "../state/timeline.js";
import { isSameLog } from "./requests.js";

/** The search is sent this long after the last key (ms). */
const SEARCH_AFTER = 250;
/** So many messages are requested at once. */
const PART = 20;
/** Longest query (code points) that the server takes. */
export const LONGEST_QUERY = 200;
/** What the server can't answer now is asked again after this time, unless it names another one (s). */
const RETRY = 1;
/** What went wrong if the connection was lost, as the page knew already or didn't. */
const WITHOUT_ANSWER = new Set(["offline", "no_answer"]);

/**
 * @typedef {object} Found
 * @property {string} query   what it was found for
 * @property {string} epoch   of the messages
 * @property {MessageItem[]} messages   the newest first, none of them deleted
 * @property {Set<string>} words   of their texts, which match
 * @property {boolean} more   older messages match, too
 * @property {number} before   the seq below which these are
 * @property {number} seq   of the room when they were asked for: what came later isn't among them
 *
 * @typedef {{epoch: string, messages: WireMessage[], words: string[], more?: boolean}} Answer
 */

/**
 * @param {string} text
 * @returns {string} what is searched for; a space at its end says that the last word is whole
 */
const queryFrom = (text) => (text.trim() ? [...text.trimStart()].slice(0, LONGEST_QUERY).join("") : "");

export class MessageSearch {
  query = "";
  /**
   * For this query or, until its answer comes, for the one before; null: nothing was found yet.
   *
   * @type {Found | null}
   */
  found = null;
  /** An answer is awaited. */
  isAsking = false;
  /** Code of what went wrong with the last request; "offline": it is sent again when the connection is back. */
  problem = "";
  #chat;
  /** @type {(() => void) | null} null: nobody looks */
  #onChange = null;
  /** Number of the last request: answers to earlier ones are ignored. */
  #turn = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The server is asked nothing until then (ms since the page was opened). */
  #pausedUntil = 0;
  /** What the last request was to follow, if it was refused. @type {Found | undefined} */
  #above;

  /** @param {Chat} chat */
  constructor(chat) {
    this.#chat = chat;
    chat.listen((...change) => this.#follow(...change));
  }

  /** @param {() => void} onChange   called after each change, from now on */
  open(onChange) {
    this.#onChange = onChange;
    const hasNew = this.found?.seq !== this.#seq;
    if (hasNew && this.isDone(this.query) && !this.isAsking) this.#askLater(0);
    else this.askNow(this.query);
  }

  close() {
    this.#onChange = null;
    clearTimeout(this.#timer);
  }

  /** Of the room, as far as the page has heard. */
  get #seq() {
    return this.#chat.state.position?.seq ?? 0;
  }

  /** @returns {MessageItem[]} what was found, as the page shows it: with the person's own changes that are pending */
  get messages() {
    const { state } = this.#chat;
    const all = this.found?.messages.map((item) => newer(item, messageAt(state, item.seq ?? 0)));
    return all?.filter(({ deleted }) => !deleted) ?? [];
  }

  /** @param {string} text   is searched for when no more keys come */
  want(text) {
    const query = queryFrom(text);
    if (query === this.query) return;
    this.#forget(query);
    if (query) this.#askLater(SEARCH_AFTER);
    else this.found = null;
    this.#onChange?.();
  }

  /** @param {string} text   is searched for at once, unless that is done, or under way */
  askNow(text) {
    this.want(text);
    if (this.query && !this.isDone(text) && !this.isAsking) this.#askLater(0, this.#above);
  }

  /** @param {string} text @returns {boolean} whether what was found was found for it */
  isDone(text) {
    return this.found?.query === queryFrom(text) && !this.problem;
  }

  /** Requests older messages. */
  more() {
    const { found } = this;
    const isNext = found?.more && found.query === this.query && !this.isAsking;
    if (isNext && !TEMPORARY.has(this.problem)) void this.#ask(found);
  }

  /** @param {string} query   instead of what was asked, whose answer isn't wanted any more */
  #forget(query) {
    this.query = query;
    this.#turn += 1;
    this.isAsking = false;
    this.problem = "";
    this.#above = undefined;
    clearTimeout(this.#timer);
  }

  /**
   * While nobody looks, nothing is asked: who opens the search asks.
   *
   * @param {number} wait (ms)
   * @param {Found} [above]   older messages than these are wanted
   */
  #askLater(wait, above) {
    clearTimeout(this.#timer);
    const left = this.#pausedUntil - performance.now();
    if (this.#onChange) this.#timer = setTimeout(() => void this.#ask(above), Math.max(wait, left));
  }

  /** @param {Found} [above] */
  async #ask(above) {
    this.#turn += 1;
    const [turn, query, seq] = [this.#turn, this.query, above?.seq ?? this.#seq];
    this.isAsking = true;
    this.#onChange?.();
    const before = above && { before: above.before };
    const asked = this.#chat.request({ type: "search", text: query, limit: PART, ...before });
    const settle = await asked.then(
      (answer) => () => this.#take({ query, seq }, answer, above),
      (refusal) => () => this.#onRefused(refusal, above),
    );
    if (turn !== this.#turn) return;
    this.isAsking = false;
    settle();
    this.#onChange?.();
  }

  /** @param {{query: string, seq: number}} asked @param {Answer} answer @param {Found} [above] */
  #take(asked, { epoch, messages, words, more = false }, above) {
    this.problem = "";
    this.#above = undefined;
    // The page hasn't heard yet that the log is another one.
    if (!isSameLog(this.#chat, { epoch, seq: 0 })) return this.#askLater(1000 * RETRY);
    const before = messages.at(-1)?.seq ?? 0;
    const answered = messages.map((each) => itemFrom(each, ""));
    const part = {
      ...asked,
      epoch,
      messages: answered,
      words: new Set(words),
      more: more && before > 0,
      before,
    };
    const { found } = this;
    if (above && found)
      this.found = joined(found, part); // some of what is above may have been deleted since
    else this.found = found && isContinuedBy(part, found) ? joined(part, found) : part;
    this.#change(this.#chat.state.forms); // the answer may have been on its way when they came
  }

  /** @param {{code: string, retry_after?: number}} refusal @param {Found} [above] */
  #onRefused({ code, retry_after = RETRY }, above) {
    const isOffline = code === "no_answer" && this.#chat.state.connection.phase !== "online";
    this.problem = isOffline ? "offline" : code;
    this.#above = above;
    if (!TEMPORARY.has(code)) return;
    this.#pausedUntil = performance.now() + 1000 * retry_after;
    this.#askLater(0, above);
  }

  /** @param {State} state @param {State} before @param {ChatEvent} event */
  #follow(state, before, event) {
    const isOtherLog = this.found && this.found.epoch !== state.position?.epoch;
    // Nobody knows what has been deleted since.
    const isAnew = event.type === "reset" || (event.type === "welcome" && !event.recovered);
    const isBack = state.connection.phase === "online" && before.connection.phase !== "online";
    if (this.found && (isOtherLog || isAnew)) this.#beginAnew(Boolean(isOtherLog));
    else if (isBack && WITHOUT_ANSWER.has(this.problem)) this.#askLater(0, this.#above);
    if (!this.found) return;
    this.#change(formsIn(event));
    this.#onChange?.();
  }

  /** What was found isn't there any more. @param {boolean} isOtherLog */
  #beginAnew(isOtherLog) {
    this.#forget(isOtherLog && !this.#onChange ? "" : this.query);
    this.found = null;
    if (this.query) this.#askLater(0);
    this.#onChange?.();
  }

  /** @param {WireMessage[]} forms   of messages, after changes */
  #change(forms) {
    const { found } = this;
    const changed = new Map(forms.map((form) => [form.seq, itemFrom(form, "")]));
    if (!found?.messages.some(({ seq }) => changed.has(seq))) return;
    const messages = found.messages.map((item) => newer(item, changed.get(item.seq)));
    found.messages = messages.filter(({ deleted }) => !deleted);
    if (!found.messages.length && this.#onChange) this.more();
  }
}

/**
 * @param {Found} part   the newest ones, of now
 * @param {Found} known   from before
 * @returns {boolean} whether those go on below the newest ones, with nothing missing between them
 */
function isContinuedBy(part, known) {
  const isBelow = part.more && known.before < part.before;
  return isBelow && known.query === part.query && (known.messages[0]?.seq ?? 0) >= part.before;
}

/**
 * @param {Found} upper
 * @param {Found} lower   goes on where that ends, or reaches into it
 * @returns {Found} both
 */
const joined = (upper, lower) => ({
  ...lower,
  seq: upper.seq,
  messages: [...upper.messages, ...lower.messages.filter(({ seq = 0 }) => seq < upper.before)],
  words: new Set([...upper.words, ...lower.words]),
});

/**
 * @param {MessageItem} item
 * @param {MessageItem | null} [other]   form of it
 * @returns {MessageItem} the later one
 */
const newer = (item, other) => (other && (other.rev ?? 0) >= (item.rev ?? 0) ? other : item);

/** @param {ChatEvent} event @returns {WireMessage[]} messages as changes have left them */
function formsIn(event) {
  if (event.type === "amended") return [event.message];
  if (event.type !== "welcome") return [];
  /** @type {Missed[]} */
  const missed = event.messages;
  return missed.flatMap((each) => (each.type === "amended" ? [each.message] : []));
}
