/** The state of the page: connection and posts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nextPost } from "../../static/js/state/sending.js";
import { apply } from "../../static/js/state/state.js";
import { statusOf } from "../../static/js/state/status.js";
import { ANNA, after, BORIS, kinds, message, messages, post, TIME, texts, welcome } from "./events.js";

describe("coming back", () => {
  test("is asked for anew whatever was answered before: each refusal is told", () => {
    const joining = { type: "phase-changed", phase: "joining", at: 0 };
    const refused = after(joining, { type: "error", code: "password_required", at: 0 });
    assert.equal(refused.refusal?.code, "password_required");
    assert.equal(apply(refused, { type: "join-wanted" }).refusal, null);
  });

  test("adds exactly what was missed", () => {
    const state = after(
      welcome(),
      message(1),
      welcome({ recovered: true, seq: 3, head: 3, messages: messages(2, 3) }),
    );
    assert.deepEqual(texts(state), ["№ 1", "№ 2", "№ 3"]);
  });

  test("after too much was missed shows the newest, below a line for what lies between", () => {
    const state = after(welcome(), message(1), welcome({ seq: 100, head: 100, messages: messages(51, 100) }));
    assert.equal(kinds(state)[0], "gap");
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
        { type: "phase-changed", phase: "waiting", at: 100 },
        welcome({ recovered: true, at: 100 + ms }),
      );
    assert.equal(away(500).connection.backAt, 0);
    assert.equal(away(2500).connection.backAt, 2600);
  });
});

describe("an attempt after a rest", () => {
  const phase = (name, at) => ({ type: "phase-changed", phase: name, at });
  const hour = 3_600_000;
  const rests = {
    stopped: [phase("stopped", 0)],
    removed: [phase("removed", 0)],
    expired: [phase("expired", 0)],
    refused: [
      phase("connecting", 0),
      phase("joining", 0),
      { type: "error", code: "password_required", at: 0 },
      { type: "join-wanted", at: hour },
    ],
  };
  for (const [rest, events] of Object.entries(rests))
    test(`is no loss: ${rest}`, () => {
      const state = after(welcome(), ...events, phase("connecting", hour), phase("joining", hour));
      assert.deepEqual(
        [statusOf(state, hour + 100), statusOf(state, hour + 2_000)?.id],
        [null, "status-lost"],
      );
      const back = apply(state, welcome({ recovered: true, at: hour + 150 }));
      assert.equal(statusOf(back, hour + 200), null);
    });

  test("is one where the loss goes on", () => {
    const state = after(welcome(), phase("waiting", 0), { type: "join-wanted", at: hour });
    assert.equal(statusOf(apply(state, phase("connecting", hour)), hour)?.id, "status-lost");
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
      { type: "post-sent", id: "x", tried: TIME },
      { type: "phase-changed", phase: "waiting", at: 1 },
    );
    assert.deepEqual([state.posts[0].status, state.posts[0].tried], ["waiting", TIME]);
  });

  test("that came too fast waits as long as the server says", () => {
    const state = after(
      welcome(),
      post("x"),
      { type: "post-sent", id: "x" },
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
    assert.equal(nextPost(apply(failed, { type: "post-retried", id: "x" }), 0)?.id, "x");
  });

  test("is sent after the one before it has arrived, so that they keep their order", () => {
    const state = after(welcome(), post("x"), post("y"));
    assert.equal(nextPost(state, 0)?.id, "x");
    const sending = apply(state, { type: "post-sent", id: "x" });
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

  test("that was acknowledged is pending no longer when the list begins anew without it", () => {
    const acked = after(welcome(), post("x"), post("y"), { type: "ack", id: "x", seq: 1 });
    const left = (state) => state.posts.map(({ id }) => id);
    const gap = welcome({ seq: 99, head: 99, messages: messages(50, 99) });
    assert.deepEqual(left(apply(acked, gap)), ["y"]);
    assert.deepEqual(left(apply(acked, welcome({ epoch: "e2", lost: true }))), ["y"]);
    assert.deepEqual(left(apply(acked, { ...gap, type: "reset", epoch: "e2" })), ["y"]);
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

describe("what is in the way", () => {
  const phase = (name) => ({ type: "phase-changed", phase: name, at: 0 });

  test("is a server that was stopped and doesn't come back at once", () => {
    const stopped = after(welcome(), phase("stopped"), phase("connecting"));
    assert.equal(stopped.connection.obstacle, "stopped");
    const off = apply(stopped, phase("waiting"));
    assert.equal(off.connection.obstacle, "off");
    assert.equal(apply(off, welcome({ recovered: true })).connection.obstacle, "");
  });

  test("is a server that can't let anybody in at the moment, which is no refusal", () => {
    const state = after(phase("joining"), { type: "error", code: "unavailable", retry_after: 2, at: 0 });
    assert.deepEqual([state.connection.obstacle, state.refusal], ["unavailable", null]);
  });
});

test("an event that nobody knows changes nothing", () => {
  const state = after(welcome());
  assert.equal(apply(state, { type: "from-the-future" }), state);
});

test("a name that is taken at the door is a refusal with a suggestion", () => {
  const state = after(
    { type: "phase-changed", phase: "joining", at: 0 },
    { type: "error", code: "name_taken", suggestion: "Анна 2", at: 0 },
  );
  assert.deepEqual([state.refusal.code, state.refusal.suggestion], ["name_taken", "Анна 2"]);
});
