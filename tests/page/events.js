/** Events of a room, and what comes of them. */
import "./browser.js";
import { apply, initial } from "../../static/js/state/state.js";
import { itemsOf } from "../../static/js/state/timeline.js";

export const ANNA = { id: "a", name: "Анна" };
export const BORIS = { id: "b", name: "Борис" };
export const VERA = { id: "v", name: "Вера" };

export const message = (seq, from = BORIS, more = {}) => ({
  type: "message",
  seq,
  epoch: "e1",
  id: `id${seq}`,
  from,
  text: `№ ${seq}`,
  time: "2026-11-23T12:00:00.000Z",
  at: 1000,
  ...more,
});
export const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
export const welcome = (more = {}) => ({
  type: "welcome",
  room: "chat",
  you: ANNA,
  epoch: "e1",
  seq: 0,
  head: 0,
  recovered: false,
  lost: false,
  messages: [],
  online: { count: 2, people: [ANNA, BORIS] },
  text: "Вы подключились к чату!",
  limits: { text: 4000, name: 32 },
  renewed: false,
  isLinkRefused: false,
  at: 0,
  ...more,
});
export const after = (...events) => events.reduce(apply, initial("chat"));
export const texts = (state) =>
  itemsOf(state.timeline)
    .filter(({ kind }) => kind === "message")
    .map(({ text }) => text);
export const kinds = (state) => itemsOf(state.timeline).map(({ kind }) => kind);
export const post = (id, more = {}) => ({
  type: "post-written",
  post: { id, text: id, time: "2026-11-23T12:00:00.000Z", status: "waiting", ...more },
});

export const TIME = "2026-11-23T13:00:00.000Z";

/** What `form` a message has after a change. */
export const amended = (seq, of, more = {}, form = {}) => ({
  type: "amended",
  seq,
  epoch: "e1",
  id: "c",
  message: message(of, BORIS, { rev: seq, ...form }),
  at: 1000,
  ...more,
});
export const edited = (seq, of, text) => amended(seq, of, {}, { text, edited: TIME });
export const gone = (seq, of) => amended(seq, of, {}, { text: undefined, deleted: true, edited: TIME });
export const change = (what) => ({
  type: "change-wanted",
  change: { id: "c1", epoch: "e1", time: TIME, status: "waiting", ...what },
});

/** The `welcome` of somebody who has read up to `read`; the page gets the messages from `first` to `newest`. */
export const visit = (read, newest, first) =>
  welcome({ seq: newest, head: newest, messages: messages(first, newest), read: { epoch: "e1", seq: read } });
