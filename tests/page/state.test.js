import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nextPost } from "../../static/js/sender.js";
import { apply, initial } from "../../static/js/state.js";
import { firstSeq, itemsOf, lastSeq, size } from "../../static/js/timeline.js";

const ANNA = { id: "a", name: "Анна" };
const BORIS = { id: "b", name: "Борис" };

const message = (seq, from = BORIS, more = {}) => ({
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
const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
const welcome = (more = {}) => ({
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
  at: 0,
  ...more,
});
const after = (...events) => events.reduce(apply, initial("chat"));
const texts = (state) =>
  itemsOf(state.timeline)
    .filter(({ kind }) => kind === "message")
    .map(({ text }) => text);
const kinds = (state) => itemsOf(state.timeline).map(({ kind }) => kind);
const post = (id, more = {}) => ({
  type: "post",
  post: { id, text: id, time: "2026-11-23T12:00:00.000Z", status: "waiting", ...more },
});

describe("what comes from the room", () => {
  test("is shown once and in order, however often it comes", () => {
    const state = after(welcome(), message(1), message(1), message(2), message(1));
    assert.deepEqual(texts(state), ["№ 1", "№ 2"]);
    assert.deepEqual(state.position, { epoch: "e1", seq: 2 });
  });

  test("is never shown with a hole in it: the page knows that it has to come back", () => {
    const state = after(welcome(), message(1), message(3));
    assert.equal(state.needsResync, true);
    assert.deepEqual(texts(state), ["№ 1"]);
  });

  test("of another epoch isn't mixed with this one", () => {
    const state = after(welcome(), message(1), message(2, BORIS, { epoch: "e2" }));
    assert.equal(state.needsResync, true);
  });

  test("after a reset starts anew, and says so", () => {
    const state = after(welcome(), message(1), {
      type: "reset",
      epoch: "e2",
      seq: 1,
      messages: [message(1, ANNA, { epoch: "e2" })],
      at: 1,
    });
    assert.deepEqual(kinds(state), ["lost", "message"]);
    assert.deepEqual(state.position, { epoch: "e2", seq: 1 });
  });

  test("from outside is shown and moves no position", () => {
    const state = after(welcome(), message(undefined, { name: "cron" }, { outside: true, epoch: undefined }));
    assert.deepEqual(texts(state), ["№ undefined"]);
    assert.deepEqual(state.position, { epoch: "e1", seq: 0 });
  });
});

describe("coming back", () => {
  test("is asked for anew whatever was answered before: each refusal is told", () => {
    const joining = { type: "connection", phase: "joining", at: 0 };
    const refused = after(joining, { type: "error", code: "password_required", at: 0 });
    assert.equal(refused.refusal?.code, "password_required");
    assert.equal(apply(refused, { type: "join" }).refusal, null);
  });

  test("adds exactly what was missed", () => {
    const state = after(
      welcome(),
      message(1),
      welcome({ recovered: true, seq: 3, head: 3, messages: messages(2, 3) }),
    );
    assert.deepEqual(texts(state), ["№ 1", "№ 2", "№ 3"]);
  });

  test("after too much was missed shows the newest, and how much lies between", () => {
    const state = after(welcome(), message(1), welcome({ seq: 100, head: 100, messages: messages(51, 100) }));
    assert.equal(itemsOf(state.timeline)[0].missed, 49);
    assert.equal(texts(state).length, 50);
  });

  test("to another epoch says that the history is gone", () => {
    const state = after(welcome(), message(1), welcome({ epoch: "e2", lost: true }));
    assert.deepEqual(kinds(state), ["lost"]);
  });

  test("greets the first time only", () => {
    const state = after(welcome(), welcome({ recovered: true }));
    assert.deepEqual(kinds(state), ["greeting"]);
  });

  test("after two seconds or more is worth mentioning, and not before", () => {
    const away = (ms) =>
      after(
        welcome(),
        { type: "connection", phase: "waiting", at: 100 },
        welcome({ recovered: true, at: 100 + ms }),
      );
    assert.equal(away(500).connection.backAt, 0);
    assert.equal(away(2500).connection.backAt, 2600);
  });
});

describe("a post", () => {
  test("is pending until everyone has it, by ack and then message", () => {
    const acked = after(welcome(), post("x"), { type: "ack", id: "x", seq: 1 });
    assert.equal(acked.posts[0].status, "sent");
    assert.deepEqual(apply(acked, message(1, ANNA, { id: "x" })).posts, []);
  });

  test("is pending until everyone has it, by message and then ack", () => {
    const seen = after(welcome(), post("x"), message(1, ANNA, { id: "x" }));
    assert.deepEqual(seen.posts, []);
    assert.deepEqual(apply(seen, { type: "ack", id: "x", seq: 1 }).posts, []);
  });

  test("of somebody else with the same id confirms nothing", () => {
    assert.equal(after(welcome(), post("x"), message(1, BORIS, { id: "x" })).posts.length, 1);
  });

  test("that was on its way when the connection broke waits, and is known to have been tried", () => {
    const state = after(
      welcome(),
      post("x"),
      { type: "sending", id: "x" },
      { type: "connection", phase: "waiting", at: 1 },
    );
    assert.deepEqual([state.posts[0].status, state.posts[0].tried], ["waiting", true]);
  });

  test("that came too fast waits as long as the server says", () => {
    const state = after(
      welcome(),
      post("x"),
      { type: "sending", id: "x" },
      { type: "error", code: "rate_limited", id: "x", retry_after: 3, at: 1000 },
    );
    assert.equal(state.posts[0].status, "waiting");
    assert.equal(nextPost(state, 3999), undefined);
    assert.equal(nextPost(state, 4000)?.id, "x");
  });

  test("that can't be stored has failed, and can be tried again", () => {
    const failed = after(welcome(), post("x"), { type: "error", code: "text_invalid", id: "x", at: 0 });
    assert.deepEqual([failed.posts[0].status, failed.posts[0].code], ["failed", "text_invalid"]);
    assert.equal(nextPost(failed, 0), undefined);
    assert.equal(nextPost(apply(failed, { type: "retry", id: "x" }), 0)?.id, "x");
  });

  test("is sent after the one before it has arrived, so that they keep their order", () => {
    const state = after(welcome(), post("x"), post("y"));
    assert.equal(nextPost(state, 0)?.id, "x");
    const sending = apply(state, { type: "sending", id: "x" });
    assert.equal(nextPost(sending, 0), undefined);
    assert.equal(nextPost(apply(sending, { type: "ack", id: "x", seq: 1 }), 0)?.id, "y");
  });

  test("waits while there is no connection and while Redis is away", () => {
    assert.equal(nextPost(after(post("x")), 0), undefined);
    assert.equal(
      nextPost(after(welcome(), post("x"), { type: "notice", code: "degraded", at: 0 }), 0),
      undefined,
    );
  });

  test("that a snapshot shows is pending no longer", () => {
    const state = after(
      welcome(),
      post("x"),
      welcome({ seq: 1, head: 1, messages: [message(1, ANNA, { id: "x" })] }),
    );
    assert.deepEqual(state.posts, []);
  });
});

describe("what is unread", () => {
  const away = { type: "view", watching: false };

  test("counts what others say while nobody looks, from a line at the first", () => {
    const state = after(welcome(), message(1), away, message(2), message(3, ANNA), message(4));
    assert.deepEqual(state.unread, { mark: "m2", count: 2 });
  });

  test("is read by looking; the line stays", () => {
    const state = after(welcome(), away, message(1), { type: "view", watching: true });
    assert.deepEqual(state.unread, { mark: "m1", count: 0 });
  });

  test("begins a new line the next time", () => {
    const state = after(welcome(), away, message(1), { type: "view", watching: true }, away, message(2));
    assert.deepEqual(state.unread, { mark: "m2", count: 1 });
  });

  test("goes on from where the last visit ended", () => {
    const state = after(
      welcome({ seq: 5, head: 5, messages: messages(1, 5), read: { epoch: "e1", seq: 3 } }),
    );
    assert.deepEqual(state.unread, { mark: "m4", count: 2 });
  });
});

describe("who is online", () => {
  test("follows who joins, leaves and renames themselves", () => {
    const vera = { id: "v", name: "Вера" };
    const state = after(welcome(), {
      type: "online",
      count: 2,
      joined: [vera],
      left: [BORIS],
      renamed: [{ id: "a", name: "Аня" }],
      at: 0,
    });
    assert.deepEqual(state.me, { id: "a", name: "Аня" }); // renamed in another tab
    assert.deepEqual(state.online, { count: 2, people: [{ id: "a", name: "Аня" }, vera] });
  });

  test("is told in one line, however many come and go in a row", () => {
    const online = (more) => ({ type: "online", count: 2, at: 0, ...more });
    const state = after(welcome(), online({ left: [BORIS] }), online({ joined: [BORIS] }));
    assert.deepEqual(kinds(state), ["greeting", "presence"]);
  });

  test("says nothing of oneself", () => {
    assert.deepEqual(kinds(after(welcome(), { type: "online", count: 2, joined: [ANNA], at: 0 })), [
      "greeting",
    ]);
  });

  test("asks for the list again when too much changed to be told", () => {
    assert.equal(after(welcome(), { type: "online", count: 900, more: true, at: 0 }).crowd, true);
    assert.equal(
      after(welcome(), { type: "online", count: 900, more: true, at: 0 }, welcome({ recovered: true })).crowd,
      false,
    );
  });

  test("is never told that one is typing oneself", () => {
    assert.deepEqual(after(welcome(), { type: "typing", people: [ANNA, BORIS], at: 0 }).typing.people, [
      BORIS,
    ]);
  });
});

describe("the window on the room", () => {
  const flooded = (count, ...before) => messages(1, count).reduce(apply, after(welcome(), ...before));

  test("holds about 300 however much is said", () => {
    const state = flooded(2000);
    assert.ok(size(state.timeline) <= 300);
    assert.equal(lastSeq(state.timeline), 2000);
  });

  test("drops nothing above a reader who isn't at the end, and stops growing", () => {
    const state = flooded(2000, { type: "view", watching: false });
    assert.equal(firstSeq(state.timeline), 1);
    assert.ok(size(state.timeline) <= 350);
    assert.equal(state.timeline.atHead, false);
    assert.equal(state.position.seq, 2000);
  });

  test("reads back, and forgets the newest instead", () => {
    let state = after(welcome({ seq: 1000, head: 1000, messages: messages(951, 1000) }));
    for (let first = 901; first >= 501; first -= 50)
      state = apply(state, { type: "history", messages: messages(first, first + 49) });
    assert.equal(firstSeq(state.timeline), 501);
    assert.ok(size(state.timeline) <= 300);
    assert.equal(state.timeline.atHead, false);
  });

  test("reads forward again until it reaches the newest", () => {
    let state = after(welcome({ seq: 400, head: 400, messages: messages(351, 400) }));
    state = apply(state, { type: "around", messages: messages(101, 150) });
    for (let first = 151; first <= 351; first += 50)
      state = apply(state, { type: "newer", messages: messages(first, first + 49) });
    assert.equal(lastSeq(state.timeline), 400);
    assert.equal(state.timeline.atHead, true);
  });

  test("closes a gap when it is asked to", () => {
    const gap = after(welcome(), message(1), welcome({ seq: 100, head: 100, messages: messages(51, 100) }));
    const state = apply(gap, { type: "history", messages: messages(1, 50), start: true });
    assert.deepEqual([texts(state).length, state.timeline.start], [100, true]);
    assert.ok(!kinds(state).includes("gap"));
  });
});

test("an event that nobody knows changes nothing", () => {
  const state = after(welcome());
  assert.equal(apply(state, { type: "from-the-future" }), state);
});

test("a name that is taken at the door is a refusal with a suggestion", () => {
  const state = after(
    { type: "connection", phase: "joining", at: 0 },
    { type: "error", code: "name_taken", suggestion: "Анна 2", at: 0 },
  );
  assert.deepEqual(state.refusal, { code: "name_taken", suggestion: "Анна 2" });
});
