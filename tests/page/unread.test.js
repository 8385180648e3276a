/** What counts as unread, where another tab reads, messages are deleted, or the log is lost. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply } from "../../static/js/state/state.js";
import { ANNA, after, amended, BORIS, gone, message, messages, post, visit, welcome } from "./events.js";

describe("what counts as unread", () => {
  const away = { type: "view-changed", watching: false };

  test("is what another tab has read before this one gets it, however it comes", () => {
    const told = { epoch: "e1", seq: 40 };
    const read = ({ read, unread: { count } }) => [read, count];
    const begun = [visit(10, 10, 1), away];
    const gap = welcome({
      seq: 500,
      head: 500,
      messages: messages(451, 500),
      read: { epoch: "e1", seq: 500 },
    });
    assert.deepEqual(read(after(...begun, gap)), [500, 0]);
    const part = welcome({ recovered: true, seq: 20, head: 40, messages: messages(11, 20), read: told });
    assert.deepEqual(read(after(...begun, part)), [20, 0]);
    assert.deepEqual(read(after(...begun, part, ...messages(21, 41))), [40, 1]);
    const early = { type: "read-elsewhere", epoch: "e1", seq: 12 };
    assert.deepEqual(read(after(...begun, message(11), early, message(12), message(13))), [12, 1]);
    const next = { type: "read-elsewhere", epoch: "e2", seq: 1 };
    const reset = { type: "reset", epoch: "e2", seq: 0, messages: [] };
    const again = [message(1, BORIS, { epoch: "e2" }), message(2, BORIS, { epoch: "e2" })];
    assert.deepEqual(read(after(...begun, next, reset, ...again)), [1, 1]);
  });

  test("counts no message that was deleted, also where the page holds it no longer", () => {
    const many = messages(2, 1001);
    const deletions = many.map(({ seq }) => gone(seq + 1000, seq));
    const state = after(welcome({ seq: 1, head: 1, messages: [message(1)] }), away, ...many);
    assert.deepEqual([state.unread.count, state.timeline.atHead], [1000, false]);
    assert.equal(deletions.reduce(apply, state).unread.count, 0);
    const own = amended(1002, 1001, {}, { from: ANNA, text: undefined, deleted: true });
    assert.equal(apply(state, own).unread.count, 1000);
    // Where they come deleted, their deletions come as well.
    const erased = many.map((each) => ({ ...each, text: undefined, deleted: true, rev: each.seq + 1000 }));
    const full = messages(2, 501);
    const missed = [...erased.slice(500), ...deletions];
    const back = welcome({ recovered: true, seq: 2001, head: 2001, messages: missed });
    const begun = [welcome({ seq: 1, head: 1, messages: [message(1)] }), away];
    assert.equal(after(...begun, ...full, back).unread.count, 0);
  });

  test("counts a message that was deleted less once, however often it is changed after that", () => {
    const begun = [welcome({ seq: 1, head: 1, messages: [message(1)] }), away, ...messages(2, 1001)];
    const deletions = messages(402, 801).map(({ seq }) => gone(seq + 600, seq));
    const forgotten = messages(402, 801).map(({ seq }) => gone(seq + 1000, seq));
    assert.equal(after(...begun, ...deletions, ...forgotten).unread.count, 600);
    // Of changes that were missed, each has the message as it is now.
    const missed = [1002, 1003, 1004]
      .map((seq) => gone(seq, 900))
      .map((each) => {
        return { ...each, message: { ...each.message, rev: 1004 } };
      });
    const back = welcome({ recovered: true, seq: 1004, head: 1004, messages: missed });
    assert.equal(after(...begun, back).unread.count, 999);
  });

  test("is also what was unread before a gap, below a line that is above it all", () => {
    const begun = [visit(10, 10, 1), away, ...messages(11, 13)];
    const counted = ({ unread: { mark, count } }) => [mark, count];
    const gap = welcome({ seq: 100, head: 100, messages: messages(51, 100) });
    assert.deepEqual(counted(after(...begun, gap)), ["m51", 90]);
    const older = { type: "older-loaded", messages: messages(1, 50), start: true };
    assert.deepEqual(counted(after(...begun, gap, older)), ["m11", 90]);
    // Changes alone were missed, more than the server tells of.
    const changed = welcome({ seq: 300, head: 300, messages: messages(1, 13) });
    assert.deepEqual(counted(after(...begun, changed)), ["m11", 3]);
  });

  test("begins at the end for who hasn't been here, whatever becomes of what is above", () => {
    const begun = [welcome({ seq: 7, head: 7, messages: messages(1, 7) }), away, message(8)];
    const { read, unread } = after(...begun, gone(9, 3));
    assert.deepEqual([read, unread.count], [0, 1]);
    const elsewhere = { type: "read-elsewhere", epoch: "e1", seq: 5 };
    assert.equal(after(...begun, elsewhere).unread.count, 1);
    assert.equal(after(...begun, post("own"), message(9), gone(10, 8)).unread.count, 1);
  });

  test("ends with the log, and what the new one has is unread where nobody looks", () => {
    const at = (minute) => ({ epoch: "e2", time: `2026-11-23T12:0${minute}:00.000Z` });
    const said = [message(1, BORIS, at(1)), message(2, ANNA, at(2)), message(3, BORIS, at(3))];
    const lost = { epoch: "e2", seq: 3, head: 3, messages: said };
    const looked = [welcome(), message(1), { type: "view-changed", watching: true }];
    const counted = ({ read, unread: { mark, count } }) => [read, mark, count];
    for (const event of [{ type: "reset", ...lost }, welcome({ ...lost, lost: true })]) {
      assert.deepEqual(counted(after(...looked, away, event)), [0, "m1", 2]);
      assert.deepEqual(counted(after(...looked, event)), [3, null, 0]);
    }
    // A backup that is restored has what was read.
    const restored = [message(1, BORIS, { epoch: "e2" }), message(2, BORIS, at(1))];
    const back = { type: "reset", epoch: "e2", seq: 2, messages: restored };
    assert.deepEqual(counted(after(...looked, away, message(2, BORIS, { time: at(1).time }), back)), [
      1,
      "m2",
      1,
    ]);
    // What was read is above the part that comes; a log that was begun anew has none of it.
    const at100 = [visit(100, 100, 51), away];
    for (const [newest, count] of [
      [170, 70],
      [150, 50],
      [149, 149],
    ]) {
      const part = { epoch: "e2", seq: newest, messages: messages(newest - 49, newest) };
      const newer = part.messages.map((each) => ({ ...each, epoch: "e2", time: at(1).time }));
      const { unread } = after(...at100, { type: "reset", ...part, messages: newer });
      assert.equal(unread.count, count);
    }
    const again = welcome({ ...lost, lost: false, read: { epoch: "e2", seq: 0 } });
    assert.deepEqual(counted(after(again)), [0, "m1", 2]); // the next visit
  });
});
