/** Changes of messages: numbers of theirs in the room's row. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply } from "../../static/js/state.js";
import { after, BORIS, message, messages, texts, welcome } from "./events.js";

describe("a change of a message", () => {
  const amended = (seq, of, more = {}) => ({
    type: "amended",
    seq,
    epoch: "e1",
    id: "c",
    message: message(of),
    at: 1000,
    ...more,
  });

  test("is read like a message: what comes after it is next", () => {
    const state = after(welcome(), message(1), amended(2, 1), amended(2, 1), message(3));
    assert.deepEqual(texts(state), ["№ 1", "№ 3"]);
    assert.deepEqual(state.position, { epoch: "e1", seq: 3 });
    assert.equal(state.needsResync, false);
  });

  test("that is missing makes the page come back", () => {
    assert.equal(after(welcome(), message(1), message(3)).needsResync, true);
    assert.equal(after(welcome(), message(1), amended(3, 1)).needsResync, true);
    assert.equal(after(welcome(), message(1), amended(2, 1, { epoch: "e2" })).needsResync, true);
  });

  test("is among what was missed", () => {
    const missed = [message(2), amended(3, 1), message(4)];
    const state = after(
      welcome(),
      message(1),
      welcome({ recovered: true, seq: 4, head: 4, messages: missed }),
    );
    assert.deepEqual(texts(state), ["№ 1", "№ 2", "№ 4"]);
    assert.deepEqual(state.position, { epoch: "e1", seq: 4 });
    assert.equal(apply(state, message(5)).needsResync, false);
  });

  test("may be the newest: the page is at the head without a message for it", () => {
    const state = after(welcome(), ...messages(1, 3), amended(4, 1));
    assert.equal(state.head, 4);
    const back = apply(state, { type: "around", messages: messages(1, 3), upTo: 4, at: 1 });
    assert.equal(back.timeline.atHead, true);
    const further = apply({ ...back, head: 9 }, { type: "newer", messages: [], upTo: 8, at: 1 });
    assert.equal(further.timeline.atHead, false);
    assert.equal(further.timeline.upTo, 8);
  });

  test("may have taken the text away", () => {
    const { text, ...deleted } = message(1, BORIS, { deleted: true });
    assert.deepEqual(texts(after(welcome({ messages: [deleted], seq: 1, head: 1 }))), [""]);
  });
});
