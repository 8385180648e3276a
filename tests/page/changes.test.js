/** Changes of messages: numbers of theirs in the room's row. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { messageAt as at, tombstoneEnd } from "../../static/js/state/changes.js";
import { apply } from "../../static/js/state/state.js";
import { itemsOf } from "../../static/js/state/timeline.js";
import { after, amended, BORIS, edited, gone, message, messages, TIME, texts, welcome } from "./events.js";

describe("a change of a message", () => {
  test("is read like a message: what comes after it is next", () => {
    const state = after(welcome(), message(1), amended(2, 1), amended(2, 1), message(3));
    assert.deepEqual(texts(state), ["№ 1", "№ 3"]);
    assert.deepEqual(state.position, { epoch: "e1", seq: 3 });
    assert.equal(state.resyncAt, null);
  });

  test("that is missing makes the page come back", () => {
    const lacking = [message(3), amended(3, 1), amended(2, 1, { epoch: "e2" })];
    for (const event of lacking) assert.equal(after(welcome(), message(1), event).resyncAt?.seq, 1);
  });

  test("ends its author's typing if it is an edit, which is what they typed", () => {
    const typing = after(welcome(), message(1), { type: "typing", people: [BORIS], at: 5000 });
    const people = (event) => apply(typing, event).typing.people.map(({ name }) => name);
    assert.deepEqual(people(edited(2, 1, "новый")), []);
    const reacted = amended(2, 1, {}, { reactions: [{ emoji: "👍", count: 1, people: ["a"] }] });
    assert.deepEqual([people(reacted), people(gone(2, 1))], [["Борис"], ["Борис"]]);
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
    assert.equal(apply(state, message(5)).resyncAt, null);
  });

  test("may be the newest: the page is at the head without a message for it", () => {
    const state = after(welcome(), ...messages(1, 3), amended(4, 1));
    assert.equal(state.head, 4);
    const back = apply(state, { type: "around-loaded", messages: messages(1, 3), upTo: 4, at: 1 });
    assert.equal(back.timeline.atHead, true);
    const further = apply({ ...back, head: 9 }, { type: "newer-loaded", messages: [], upTo: 8, at: 1 });
    assert.equal(further.timeline.atHead, false);
    assert.equal(further.timeline.upTo, 8);
  });

  test("may have taken the text away", () => {
    const { text, ...deleted } = message(1, BORIS, { deleted: true });
    assert.deepEqual(texts(after(welcome({ messages: [deleted], seq: 1, head: 1 }))), [""]);
  });
});

describe("a changed message", () => {
  test("is shown as it is now, also when the change comes twice", () => {
    const state = after(welcome(), message(1), message(2), edited(3, 1, "новый"), edited(3, 1, "другой"));
    assert.deepEqual(texts(state), ["новый", "№ 2"]);
    assert.equal(at(state, 1).edited, TIME);
  });

  test("has the form with the highest rev, whichever way and in whichever order the forms come", () => {
    const later = message(1, BORIS, { text: "последний", rev: 9, edited: TIME });
    const state = after(
      welcome({ seq: 3, head: 3, messages: [message(2), message(3)] }),
      { type: "older-loaded", messages: [later], start: true, at: 1 },
      edited(4, 1, "прежний"),
    );
    assert.deepEqual(texts(state), ["последний", "№ 2", "№ 3"]);
    const again = apply(state, { type: "older-loaded", messages: [message(1)], start: true, at: 1 });
    assert.deepEqual(texts(again), ["последний", "№ 2", "№ 3"]);
  });

  test("comes newer with a part of the history than the page has it", () => {
    const state = after(welcome({ seq: 2, head: 2, messages: messages(1, 2) }), {
      type: "newer-loaded",
      messages: [message(1, BORIS, { text: "новый", rev: 2, edited: TIME })],
      upTo: 2,
      at: 1,
    });
    assert.deepEqual(texts(state), ["новый", "№ 2"]);
  });

  test("may be one that the page doesn't have: then its number is read", () => {
    const state = after(welcome({ seq: 60, head: 60, messages: messages(50, 60) }), edited(61, 3, "старое"));
    assert.equal(texts(state).length, 11);
    assert.equal(state.position.seq, 61);
  });

  test("is changed among what was missed, too", () => {
    const missed = [message(2), edited(3, 1, "новый"), gone(4, 2)];
    const state = after(
      welcome(),
      message(1),
      welcome({ recovered: true, seq: 4, head: 4, messages: missed }),
    );
    assert.deepEqual(texts(state), ["новый", ""]);
    assert.equal(at(state, 2).deleted, true);
  });

  test("keeps every other chunk as it was", () => {
    const before = after(welcome({ seq: 120, head: 120, messages: messages(1, 120) }));
    const state = apply(before, edited(121, 2, "новый"));
    assert.notEqual(state.timeline.chunks[0], before.timeline.chunks[0]);
    assert.equal(state.timeline.chunks[1], before.timeline.chunks[1]);
  });

  test("takes its text from where others quote it, and from the field", () => {
    const state = after(
      welcome({ seq: 60, head: 60, messages: messages(50, 60) }),
      { type: "quotes-loaded", seqs: [3, 4], messages: [message(3)], at: 1 },
      { type: "subject-set", subject: { what: "reply", seq: 3, from: BORIS }, at: 1 },
    );
    assert.equal(at(state, 3).text, "№ 3");
    assert.equal(at(state, 4), null);
    assert.equal(at(state, 5), undefined);
    const later = apply(state, welcome({ seq: 300, head: 300, messages: [message(300)] }));
    assert.equal(at(later, 3), undefined); // changes of it may have been missed
    const deleted = apply(state, gone(61, 3));
    assert.deepEqual([at(deleted, 3).text, at(deleted, 3).deleted], ["", true]);
    assert.equal(deleted.subject, null);
  });

  test("of a message that is still on its way is newer than its form there", () => {
    const begun = after(welcome({ seq: 60, head: 60, messages: messages(50, 60) }), edited(61, 10, "новый"));
    const state = apply(begun, gone(62, 20));
    const older = { type: "older-loaded", messages: messages(1, 49), start: true };
    const around = { type: "around-loaded", messages: messages(5, 25) };
    const newer = { type: "newer-loaded", messages: messages(10, 20) };
    for (const come of [
      [older],
      [around],
      [{ type: "around-loaded", messages: messages(1, 9), upTo: 9 }, newer],
    ]) {
      const shown = come.reduce(apply, state);
      assert.equal(at(shown, 10).text, "новый");
      assert.deepEqual([at(shown, 20).text, at(shown, 20).deleted], ["", true]);
    }
    const quoted = apply(state, { type: "quotes-loaded", seqs: [10], messages: [message(10)], at: 1 });
    assert.equal(at(quoted, 10).text, "новый");
    const current = { ...around, messages: [message(10, BORIS, { rev: 70, text: "новее" })] };
    assert.equal(at(apply(state, current), 10).text, "новее");
    const other = after(state, { ...welcome({ epoch: "e2", seq: 60, head: 60 }), lost: true }, older);
    assert.equal(at(other, 10).text, "№ 10");
  });

  test("leaves a tombstone for an hour after its deletion", () => {
    const state = after(welcome(), message(1), gone(2, 1));
    const [item] = itemsOf(state.timeline).filter(({ kind }) => kind === "message");
    assert.equal(tombstoneEnd(item), Date.parse(TIME) + 3_600_000);
    assert.equal(tombstoneEnd(itemsOf(after(welcome(), message(1)).timeline).at(-1)), Infinity);
    const heard = after(welcome(), message(1), { ...gone(2, 1), now: 5_000 });
    assert.equal(tombstoneEnd(itemsOf(heard.timeline).at(-1)), 3_605_000); // by this machine's own clock
  });

  test("leaves it also where the page was away, and where it is loaded once more", () => {
    const missed = [
      gone(11, 10),
      message(12, BORIS, { text: undefined, deleted: true, rev: 13, edited: TIME }),
    ];
    const back = welcome({
      recovered: true,
      seq: 13,
      head: 13,
      messages: [...missed, gone(13, 12)],
      now: 5_000,
    });
    const state = after(welcome({ seq: 10, head: 10, messages: [message(10)] }), back);
    const end = (of, seq) => tombstoneEnd(at(of, seq));
    assert.equal(end(state, 10), 3_605_000);
    assert.equal(end(state, 12), Date.parse(TIME) + 3_600_000); // what the page never had went when the server says
    const old = { type: "around-loaded", messages: messages(1, 5), upTo: 5 };
    const again = { type: "newer-loaded", messages: [{ ...gone(11, 10).message }], upTo: 10 };
    assert.equal(end([old, again].reduce(apply, state), 10), 3_605_000);
  });

  test("counts for nothing, and no longer for one unread when it is deleted", () => {
    const away = after(welcome(), { type: "view-changed", watching: false }, message(1), message(2));
    assert.equal(away.unread.count, 2);
    assert.equal(apply(away, edited(3, 1, "новый")).unread.count, 2);
    assert.equal(apply(away, gone(3, 1)).unread.count, 1);
    assert.equal(apply(apply(away, gone(3, 1)), gone(4, 1)).unread.count, 1);
  });
});
