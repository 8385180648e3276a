/** What the room sends: messages, who comes and goes, and parts of its history. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply } from "../../static/js/state/state.js";
import { firstSeq, lastSeq, size } from "../../static/js/state/timeline.js";
import { ANNA, after, amended, BORIS, kinds, message, messages, texts, VERA, welcome } from "./events.js";

describe("what comes from the room", () => {
  test("is shown once and in order, however often it comes", () => {
    const state = after(welcome(), message(1), message(1), message(2), message(1));
    assert.deepEqual(texts(state), ["№ 1", "№ 2"]);
    assert.deepEqual(state.position, { epoch: "e1", seq: 2 });
  });

  test("isn't shown past a missing number at first: the page knows that it has to come back", () => {
    const state = after(welcome(), message(1), message(3), message(4));
    assert.equal(state.resyncAt, state.position);
    assert.deepEqual(texts(state), ["№ 1"]);
  });

  test("is shown past a number that coming back doesn't bring either, in whatever way what follows comes", () => {
    const lacking = after(welcome(), message(1), message(3));
    const back = (seq, ...missed) =>
      apply(lacking, welcome({ recovered: true, seq, head: seq, messages: missed }));
    const within = back(3, message(3));
    const behind = apply(back(1), message(3)); // another node, which knows less
    const all = apply(lacking, welcome({ recovered: true, seq: 3, head: 3, messages: messages(2, 3) }));
    assert.deepEqual([within, behind, all].map(texts), [
      ["№ 1", "№ 3"],
      ["№ 1", "№ 3"],
      ["№ 1", "№ 2", "№ 3"],
    ]);
  });

  test("is asked for again at the next missing number", () => {
    const back = welcome({ recovered: true, seq: 3, head: 3, messages: [message(3)] });
    const state = after(welcome(), message(1), message(3), back, message(4), message(6));
    assert.deepEqual(texts(state), ["№ 1", "№ 3", "№ 4"]);
    assert.equal(state.resyncAt, state.position);
  });

  test("may lack numbers in what was missed, and in the rest of it, which comes as events", () => {
    const missed = [message(3), amended(5, 3, {}, { text: "новый" }), message(7)];
    const state = after(
      welcome(),
      message(1),
      welcome({ recovered: true, seq: 8, head: 11, messages: missed }),
      message(10),
      message(11),
      message(12),
    );
    assert.deepEqual(texts(state), ["№ 1", "новый", "№ 7", "№ 10", "№ 11", "№ 12"]);
    assert.deepEqual([state.position.seq, state.resyncAt], [12, null]);
  });

  test("of another epoch isn't mixed with this one", () => {
    const state = after(welcome(), message(1), message(2, BORIS, { epoch: "e2" }));
    assert.equal(state.resyncAt, state.position);
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

  test("says nothing of people who only reconnect, as oneself does, after a restart of the server", () => {
    const back = welcome({ recovered: true, at: 1_000, online: { count: 1, people: [ANNA] } });
    const joins = (person, at) => ({ type: "online", count: 2, joined: [person], at });
    const vera = { id: "v", name: "Вера" };
    assert.deepEqual(kinds(after(welcome(), back, joins(BORIS, 9_000))), ["greeting"]);
    const again = { ...back, at: 20_000 }; // lost once more, before he was back
    assert.deepEqual(kinds(after(welcome(), back, again, joins(BORIS, 40_000))), ["greeting"]);
    for (const told of [joins(vera, 9_000), joins(BORIS, 90_000)])
      assert.deepEqual(kinds(after(welcome(), back, told)), ["greeting", "presence"]);
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

  const typists = (...events) => after(welcome(), ...events).typing.people.map(({ name }) => name);
  const typing = (at, ...people) => ({ type: "typing", people, at });

  test("is never told that one is typing oneself", () => {
    assert.deepEqual(typists(typing(0, ANNA, BORIS)), ["Борис"]);
  });

  test("sees all who are typing, though the server tells of each when they begin", () => {
    assert.deepEqual(typists(typing(0, BORIS), typing(1100, VERA)), ["Борис", "Вера"]);
    assert.deepEqual(typists(typing(0, BORIS), typing(1100, VERA), typing(3000, BORIS)), ["Борис", "Вера"]);
    assert.deepEqual(typists(typing(0, BORIS), typing(6100, VERA)), ["Вера"]);
  });

  test("doesn't see somebody type whose message came first, or who has left", () => {
    const written = message(1, BORIS, { at: 5000 });
    assert.deepEqual(typists(written, typing(5900, BORIS, VERA)), ["Вера"]);
    assert.deepEqual(typists(written, typing(8000, BORIS)), ["Борис"]);
    assert.deepEqual(typists(typing(0, BORIS), { type: "online", count: 1, left: [BORIS], at: 100 }), []);
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
    const state = flooded(2000, { type: "view-changed", watching: false });
    assert.equal(firstSeq(state.timeline), 1);
    assert.ok(size(state.timeline) <= 350);
    assert.equal(state.timeline.atHead, false);
    assert.equal(state.position.seq, 2000);
  });

  test("reads back, and forgets the newest instead", () => {
    let state = after(welcome({ seq: 1000, head: 1000, messages: messages(951, 1000) }));
    for (let first = 901; first >= 501; first -= 50)
      state = apply(state, { type: "older-loaded", messages: messages(first, first + 49) });
    assert.equal(firstSeq(state.timeline), 501);
    assert.ok(size(state.timeline) <= 300);
    assert.equal(state.timeline.atHead, false);
  });

  test("reads forward again until it reaches the newest", () => {
    let state = after(welcome({ seq: 400, head: 400, messages: messages(351, 400) }));
    state = apply(state, { type: "around-loaded", messages: messages(101, 150) });
    for (let first = 151; first <= 351; first += 50)
      state = apply(state, { type: "newer-loaded", messages: messages(first, first + 49) });
    assert.equal(lastSeq(state.timeline), 400);
    assert.equal(state.timeline.atHead, true);
  });

  test("closes a gap when it is asked to", () => {
    const gap = after(welcome(), message(1), welcome({ seq: 100, head: 100, messages: messages(51, 100) }));
    const state = apply(gap, { type: "older-loaded", messages: messages(1, 50), start: true });
    assert.deepEqual([texts(state).length, state.timeline.start], [100, true]);
    assert.ok(!kinds(state).includes("gap"));
  });
});
