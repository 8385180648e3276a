/** What the page knows of the server's clock, by which a message can be edited for a while. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply } from "../../static/js/state/state.js";
import { ANNA, after, BORIS, message, post, TIME, welcome } from "./events.js";

const STORED = Date.parse("2026-11-23T12:00:00.000Z");
const sent = (id) => ({ type: "post-sent", id, tried: TIME });
const own = (id, from = ANNA) => message(1, from, { id, at: 7000 });
const openedAt = (state) => state.serverClock.openedAt;

describe("the server's clock is known", () => {
  test("from a post that has just been stored, acknowledged before its message comes or not", () => {
    const sending = after(welcome(), post("x"), sent("x"));
    assert.equal(openedAt(sending), null);
    assert.equal(openedAt(apply(sending, own("x"))), STORED - 7000);
    const acked = apply(sending, { type: "ack", id: "x", seq: 1 });
    assert.equal(openedAt(apply(acked, own("x"))), STORED - 7000);
  });

  test("from a post that came too fast at first", () => {
    const tooFast = { type: "error", code: "rate_limited", id: "x", retry_after: 3, at: 1000 };
    assert.equal(
      openedAt(after(welcome(), post("x"), sent("x"), tooFast, sent("x"), own("x"))),
      STORED - 7000,
    );
  });

  test("not from somebody else's", () => {
    assert.equal(openedAt(after(welcome(), post("x"), sent("x"), own("x", BORIS))), null);
    assert.equal(openedAt(after(welcome(), post("x"), own("x"))), null);
  });

  test("not from a post that may have been stored earlier, on another connection", () => {
    const again = welcome({ recovered: true });
    const lost = { type: "phase-changed", phase: "waiting", at: 1 };
    assert.equal(openedAt(after(welcome(), post("x"), sent("x"), lost, again, sent("x"), own("x"))), null);
    assert.equal(openedAt(after(welcome(), post("x", { tried: TIME }), sent("x"), own("x"))), null);
    const acked = { type: "ack", id: "x", seq: 1 };
    assert.equal(openedAt(after(welcome(), post("x"), sent("x"), acked, lost, again, own("x"))), null);
  });

  test("no longer on the next connection: the device may have slept", () => {
    const known = after(welcome(), post("x"), sent("x"), own("x"));
    assert.equal(openedAt(apply(known, welcome({ recovered: true, seq: 1, head: 1 }))), null);
  });
});
