/** How much of the room somebody has read, and what is unread. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply } from "../../static/js/state/state.js";
import { ANNA, after, gone, message, messages, post, visit, welcome } from "./events.js";

describe("what is unread", () => {
  const away = { type: "view-changed", watching: false };
  const unread = ({ unread: { mark, count } }) => ({ mark, count });

  test("counts what others say while nobody looks, from a line at the first", () => {
    const state = after(welcome(), message(1), away, message(2), message(3, ANNA), message(4));
    assert.deepEqual(unread(state), { mark: "m2", count: 2 });
  });

  test("is read by looking; the line stays", () => {
    const state = after(welcome(), away, message(1), { type: "view-changed", watching: true });
    assert.deepEqual(unread(state), { mark: "m1", count: 0 });
  });

  test("begins a new line the next time", () => {
    const state = after(
      welcome(),
      away,
      message(1),
      { type: "view-changed", watching: true },
      away,
      message(2),
    );
    assert.deepEqual(unread(state), { mark: "m2", count: 1 });
  });

  test("goes on from where the last visit ended", () => {
    const state = after(
      welcome({ seq: 5, head: 5, messages: messages(1, 5), read: { epoch: "e1", seq: 3 } }),
    );
    assert.deepEqual(unread(state), { mark: "m4", count: 2 });
  });
});

describe("how far somebody has read", () => {
  const away = { type: "view-changed", watching: false };

  test("counts from their own place to the newest, also what isn't in the page yet", () => {
    const state = after(visit(30, 100, 51));
    assert.deepEqual(state.unread, { mark: "m51", count: 70, above: 20, after: 30 });
    const whole = apply(state, { type: "older-loaded", messages: messages(1, 50) });
    assert.deepEqual(whole.unread, { mark: "m31", count: 70, above: 0, after: 30 });
  });

  test("ends where the room begins: what it no longer keeps isn't unread", () => {
    const state = after(visit(50, 500, 451));
    assert.deepEqual(state.unread, { mark: "m451", count: 450, above: 400, after: 50 });
    const whole = apply(state, { type: "older-loaded", messages: messages(401, 450), start: true });
    assert.deepEqual(whole.unread, { mark: "m401", count: 100, above: 0, after: 50 });
  });

  test("goes on with the last message in sight", () => {
    const state = after(visit(60, 100, 51), away, { type: "view-changed", watching: false, seen: "m80" });
    assert.deepEqual([state.unread.count, state.read], [20, 80]);
    const back = apply(state, { type: "view-changed", watching: false, seen: "m70" });
    assert.deepEqual([back.unread.count, back.read], [20, 80]);
  });

  test("is what another tab has read, too", () => {
    const state = after(visit(60, 100, 51), away);
    assert.equal(apply(state, { type: "read-elsewhere", epoch: "e1", seq: 90 }).unread.count, 10);
    assert.equal(apply(state, { type: "read-elsewhere", epoch: "e1", seq: 100 }).unread.count, 0);
    for (const other of [{ epoch: "e0", seq: 100 }, {}])
      assert.deepEqual(apply(state, { type: "read-elsewhere", ...other }).unread, state.unread);
  });

  test("is what another tab has read of what this one missed, which it is told of before it is back", () => {
    const told = { type: "read-elsewhere", epoch: "e1", seq: 102 };
    const back = { recovered: true, seq: 103, head: 103, messages: messages(101, 103) };
    const state = after(
      visit(100, 100, 51),
      away,
      told,
      welcome({ ...back, read: { epoch: "e1", seq: 102 } }),
    );
    assert.deepEqual([state.read, state.unread.mark, state.unread.count], [102, "m103", 1]);
  });

  test("is what another tab has read below an older part, too, with the line before the rest", () => {
    const begun = after(
      visit(100, 100, 51),
      { type: "around-loaded", messages: messages(20, 45), upTo: 45 },
      away,
    );
    const state = messages(101, 110).reduce(apply, begun);
    const read = (seq) => apply(state, { type: "read-elsewhere", epoch: "e1", seq }).unread;
    assert.deepEqual([read(110).count, read(110).mark], [0, null]);
    assert.deepEqual([read(105).count, read(105).mark], [5, "m106"]);
    assert.deepEqual([read(100), state.unread.mark], [state.unread, "m101"]);
  });

  test("keeps its line below older parts, and moves it into a part that has what is unread", () => {
    const old = { type: "around-loaded", messages: messages(20, 45), upTo: 45 };
    const up = after(visit(60, 100, 51), old, away, {
      type: "older-loaded",
      messages: messages(1, 19),
      start: true,
    });
    assert.deepEqual([up.unread.mark, up.unread.count], ["m61", 40]);
    const linked = after(
      visit(30, 100, 51),
      { type: "around-loaded", messages: messages(21, 70), upTo: 70 },
      away,
    ).unread;
    assert.deepEqual([linked.mark, linked.above, linked.count], ["m31", 0, 70]);
  });

  test("is no more after a post that is written in an older part, above what is unread", () => {
    const begun = after(
      visit(100, 100, 51),
      { type: "around-loaded", messages: messages(20, 45), upTo: 45 },
      away,
    );
    const state = messages(101, 110).reduce(apply, begun);
    assert.deepEqual(apply(state, post("own")).unread, state.unread);
    assert.equal(after(visit(60, 100, 51), away, post("own")).unread.count, 0);
  });

  test("is everything, for whoever looks at the end", () => {
    const state = after(welcome(), { type: "view-changed", watching: true }, message(1), message(2));
    assert.deepEqual([state.unread.count, state.read], [0, 2]);
  });

  test("doesn't count reactions, edits and one's own messages, which take numbers as well, once they are known", () => {
    const newest = [message(180), message(190, ANNA), message(200)];
    const state = after(
      welcome(),
      message(1),
      { type: "view-changed", watching: true },
      away,
      welcome({ seq: 230, head: 230, messages: newest }),
    );
    assert.equal(state.unread.count, 178 + 2);
    const older = {
      type: "older-loaded",
      messages: [message(2), message(90, ANNA), message(100)],
      start: true,
    };
    const { above, count } = apply(state, older).unread;
    assert.deepEqual([above, count], [0, 4]);
  });

  test("doesn't count what lies below an older part, where that is known to be none", () => {
    const state = after(
      visit(60, 100, 51),
      { type: "around-loaded", messages: messages(61, 70), upTo: 99 },
      away,
    );
    const older = apply(state, { type: "older-loaded", messages: messages(11, 60) });
    for (const each of [state, older])
      assert.equal(apply(each, { type: "view-changed", watching: false, seen: "m70" }).unread.count, 1);
  });

  test("leaves out what was deleted while it wasn't in the page, once the end is", () => {
    const cron = message(undefined, { name: "cron" }, { outside: true, epoch: undefined });
    const old = { type: "around-loaded", messages: messages(1, 50), upTo: 50 };
    const away = { type: "view-changed", watching: false };
    const begun = after(visit(100, 100, 51), { type: "view-changed", watching: true }, away, old);
    const told = [...messages(101, 105), gone(106, 102), gone(107, 103)].reduce(apply, begun);
    assert.equal(told.unread.count, 3); // each deletion is heard of once, whether or not the page holds the message
    const newest = [101, 102, 103, 104, 105].map((seq) =>
      message(seq, undefined, seq === 102 || seq === 103 ? { deleted: true, rev: seq + 4 } : {}),
    );
    const there = apply(told, {
      type: "around-loaded",
      messages: [...messages(81, 100), ...newest],
      upTo: 107,
    });
    assert.equal(there.unread.count, 3);
    const scrolled = [
      { type: "newer-loaded", messages: messages(51, 100), upTo: 100 },
      { type: "newer-loaded", messages: newest, upTo: 107 },
    ].reduce(apply, told);
    assert.deepEqual([scrolled.timeline.atHead, scrolled.unread.count], [true, 3]);
    assert.equal(apply(there, cron).unread.count, 4);
  });

  test("leaves out what was deleted before it came, however the page comes back", () => {
    const erased = (seq) => message(seq, undefined, { text: undefined, deleted: true, rev: seq + 10 });
    const looked = [welcome(), message(1), { type: "view-changed", watching: true }, away];
    const missed = [erased(2), erased(3), message(4)];
    const back = after(...looked, welcome({ recovered: true, seq: 14, head: 14, messages: missed }));
    assert.deepEqual([back.unread.mark, back.unread.count], ["m4", 1]);
    const anew = welcome({ seq: 14, head: 14, messages: [message(1), ...missed] });
    assert.equal(after(...looked, message(2), message(3), anew).unread.count, 1);
  });

  test("leaves out no program's message when older ones are loaded", () => {
    const outside = message(undefined, { name: "cron" }, { outside: true, epoch: undefined });
    const state = after(visit(60, 100, 51), away, outside, outside);
    const whole = apply(state, { type: "older-loaded", messages: messages(1, 50) });
    assert.deepEqual([state.unread.count, whole.unread.count], [42, 42]);
  });

  test("ends at no line where a lost connection missed only the reader's own", () => {
    const back = (...said) => welcome({ seq: 3, head: 3, messages: [message(1), ...said] });
    const before = [welcome(), message(1), { type: "view-changed", watching: true }, away];
    const own = after(...before, back(message(2, ANNA), message(3, ANNA)));
    assert.deepEqual([own.unread.mark, own.unread.count], [null, 0]);
    const both = after(...before, back(message(2, ANNA), message(3)));
    assert.deepEqual([both.unread.mark, both.unread.count], ["m3", 1]);
  });

  test("keeps what was missed in a gap that is too big", () => {
    const gap = welcome({ seq: 100, head: 100, messages: messages(51, 100) });
    const state = after(welcome(), message(1), { type: "view-changed", watching: true }, away, gap);
    assert.deepEqual([state.unread.mark, state.unread.count], ["m51", 99]);
  });
});
