/** Changes of messages that the person makes: shown at once, and undone if they are refused. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { messageAt as at } from "../../static/js/state/changes.js";
import { apply } from "../../static/js/state/state.js";
import { editLast } from "../../static/js/views/message-menu/message-actions.js";
import {
  ANNA,
  after,
  amended,
  BORIS,
  change,
  edited,
  gone,
  message,
  messages,
  post,
  TIME,
  texts,
  welcome,
} from "./events.js";

const reactions = (state, seq) =>
  at(state, seq).reactions?.map(({ emoji, count }) => `${emoji}${count}`) ?? [];

describe("a change of one's own", () => {
  const begun = after(welcome({ seq: 1, head: 1, messages: [message(1, ANNA)] }));

  test("is shown at once, and undone when it is refused", () => {
    const state = apply(begun, change({ kind: "edit", seq: 1, text: "новый" }));
    assert.deepEqual(texts(state), ["новый"]);
    assert.equal(at(state, 1).pending.length, 1);
    const undone = apply(state, { type: "change-refused", id: "c1", code: "too_late", at: 1 });
    assert.deepEqual(texts(undone), ["№ 1"]);
    assert.equal(at(undone, 1).pending, undefined);
  });

  test("leaves its text as a post that wasn't sent when it will never be made", () => {
    const state = apply(begun, change({ kind: "edit", seq: 1, text: "новый" }));
    const lost = { type: "reset", epoch: "e2", seq: 0, messages: [], at: 1 };
    for (const event of [{ type: "change-refused", id: "c1", code: "too_late", at: 1 }, lost]) {
      const { posts, changes } = apply(state, event);
      assert.deepEqual(changes, []);
      assert.deepEqual(posts, [{ id: "c1_", text: "новый", time: TIME, status: "failed", code: "edit" }]);
    }
    const later = apply(state, change({ id: "c2", kind: "edit", seq: 1, text: "ещё новее" }));
    const made = apply(state, { type: "change-made", id: "c1", seq: 2, at: 1 });
    assert.deepEqual([later.posts, apply(made, lost).posts, apply(state, gone(2, 1)).posts], [[], [], []]);
    const reaction = apply(begun, change({ kind: "react", seq: 1, emoji: "👍", on: true }));
    assert.deepEqual(
      apply(reaction, { type: "change-refused", id: "c1", code: "too_many", at: 1 }).posts,
      [],
    );
  });

  test("stays when the server has it, whichever comes first, the answer or the event", () => {
    const state = apply(begun, change({ kind: "edit", seq: 1, text: "новый" }));
    const made = { type: "change-made", id: "c1", seq: 2, at: 1 };
    for (const events of [
      [made, edited(2, 1, "новый")],
      [edited(2, 1, "новый"), made],
    ]) {
      const known = events.reduce(apply, state);
      assert.deepEqual([texts(known), known.changes, at(known, 1).pending], [["новый"], [], undefined]);
      assert.deepEqual(texts(apply(state, events[0])), ["новый"]);
    }
  });

  test("lies on top of what others do meanwhile", () => {
    const state = after(
      welcome({ seq: 1, head: 1, messages: [message(1, ANNA)] }),
      change({ kind: "edit", seq: 1, text: "мой" }),
      amended(2, 1, {}, { reactions: [{ emoji: "👍", count: 1, people: ["b"] }] }),
    );
    assert.deepEqual([texts(state), reactions(state, 1)], [["мой"], ["👍1"]]);
  });

  test("takes the text away at once, and for good when it is deleted", () => {
    const state = apply(begun, change({ kind: "delete", seq: 1 }));
    assert.deepEqual(texts(state), [""]);
    assert.deepEqual(texts(apply(state, { type: "change-refused", id: "c1", code: "internal", at: 1 })), [
      "№ 1",
    ]);
    const known = apply(state, gone(2, 1));
    assert.deepEqual([known.changes, at(known, 1).base], [[], undefined]);
  });

  test("waits for as long as the server wants, or until it is there again", () => {
    const sent = apply(apply(begun, change({ kind: "edit", seq: 1, text: "a" })), {
      type: "change-sent",
      id: "c1",
    });
    assert.equal(sent.changes[0].status, "sending");
    const busy = apply(sent, { type: "change-refused", id: "c1", code: "busy", retry_after: 3, at: 1000 });
    assert.deepEqual([busy.changes[0].status, busy.pause], ["waiting", { until: 4000, code: "busy" }]);
    const lost = apply(sent, { type: "change-refused", id: "c1", code: "no_answer", at: 1000 });
    assert.deepEqual([lost.changes[0].status, lost.pause.until], ["waiting", 0]);
  });

  test("of the same thing takes the place of one that still waits", () => {
    const state = [
      change({ kind: "edit", seq: 1, text: "раз" }),
      change({ id: "c2", kind: "react", seq: 1, emoji: "👍", on: true }),
      change({ id: "c3", kind: "edit", seq: 1, text: "два" }),
    ].reduce(apply, begun);
    assert.deepEqual(
      state.changes.map(({ id }) => id),
      ["c2", "c3"],
    );
    assert.deepEqual(texts(state), ["два"]);
    const deleted = apply(state, change({ id: "c4", kind: "delete", seq: 1 }));
    assert.deepEqual(
      deleted.changes.map(({ id }) => id),
      ["c4"],
    );
  });

  test("adds a reaction, or takes it back", () => {
    const on = apply(begun, change({ kind: "react", seq: 1, emoji: "👍", on: true }));
    assert.deepEqual(reactions(on, 1), ["👍1"]);
    const off = apply(on, change({ id: "c2", kind: "react", seq: 1, emoji: "👍", on: false }));
    assert.deepEqual(reactions(off, 1), []);
  });

  test("is known when the server, which lists only the first people, doesn't say it", () => {
    const crowd = { reactions: [{ emoji: "👍", count: 30, people: ["b", "c"] }], rev: 2 };
    const known = welcome({ seq: 2, head: 2, messages: [message(1, BORIS, crowd)] });
    const mine = (state) => at(state, 1).reactions?.map(({ count, people }) => [count, people.includes("a")]);
    const pressed = apply(after(known), change({ kind: "react", seq: 1, emoji: "👍", on: true }));
    const made = apply(pressed, { type: "change-made", id: "c1", seq: 2, at: 1 }); // the server had it
    assert.deepEqual([mine(made), at(made, 1).pending], [[[30, true]], undefined]);
    const others = { reactions: [{ emoji: "👍", count: 31, people: ["b", "c"] }] };
    assert.deepEqual(mine(apply(made, amended(3, 1, {}, others))), [[31, true]]);
    const reacted = { epoch: "e1", id: "a", all: made.reacted };
    const later = after({ ...known, reacted });
    assert.deepEqual(mine(later), [[30, true]]);
    assert.equal(at(later, 1), at(apply(later, message(3)), 1));
    for (const wrong of [{ epoch: "e2" }, { id: "b" }])
      assert.deepEqual(mine(after({ ...known, reacted: { ...reacted, ...wrong } })), [[30, false]]);
    const back = apply(later, change({ id: "c2", kind: "react", seq: 1, emoji: "👍", on: false }));
    assert.deepEqual(mine(back), [[29, false]]);
    const answered = apply(back, { type: "change-made", id: "c2", seq: 3, at: 1 });
    assert.deepEqual(mine(answered), [[29, false]]);
    const taken = apply(answered, amended(3, 1, {}, crowd));
    assert.deepEqual([taken.reacted, mine(taken)], [{}, [[30, false]]]);
  });

  test("of a log that is lost is dropped: its numbers name other messages now", () => {
    const state = apply(begun, change({ kind: "delete", seq: 1 }));
    const reset = {
      type: "reset",
      epoch: "e2",
      seq: 1,
      messages: [message(1, ANNA, { epoch: "e2" })],
      at: 1,
    };
    const lost = apply(state, reset);
    assert.deepEqual([lost.changes, texts(lost)], [[], ["№ 1"]]);
    const restored = after(
      { type: "changes-loaded", changes: state.changes, at: 0 },
      welcome({ epoch: "e2" }),
    );
    assert.deepEqual(restored.changes, []);
  });

  test("is shown in whatever part of the history is loaded", () => {
    const state = after(
      { type: "changes-loaded", changes: [change({ kind: "edit", seq: 1, text: "новый" }).change], at: 0 },
      welcome({ seq: 3, head: 3, messages: messages(2, 3) }),
      { type: "older-loaded", messages: [message(1, ANNA)], start: true, at: 1 },
    );
    assert.deepEqual(texts(state), ["новый", "№ 2", "№ 3"]);
  });
});

describe("what the field is about", () => {
  const compose = { type: "subject-set", subject: { what: "edit", seq: 1, from: ANNA }, at: 1 };
  const begun = after(welcome({ seq: 1, head: 1, messages: [message(1, ANNA)] }), compose);

  test("ends with a post, an edit or a deletion of it, and with a lost log", () => {
    assert.equal(begun.subject.what, "edit");
    assert.equal(apply(begun, post("p")).subject, null);
    assert.equal(apply(begun, change({ kind: "edit", seq: 1, text: "a" })).subject, null);
    assert.equal(
      apply(begun, change({ kind: "react", seq: 1, emoji: "👍", on: true })).subject,
      begun.subject,
    );
    assert.equal(apply(begun, gone(2, 1)).subject, null);
    assert.equal(apply(begun, { type: "reset", epoch: "e2", seq: 0, messages: [], at: 1 }).subject, null);
  });
});

describe("an edit in the middle of a reply", () => {
  const compose = (subject) => ({ type: "subject-set", subject, at: 1 });
  const reply = { what: "reply", seq: 2, from: BORIS };
  const edit = { what: "edit", seq: 1, from: ANNA };
  const both = welcome({ seq: 2, head: 2, messages: [message(1, ANNA), message(2)] });
  const begun = after(both, compose(reply), compose(edit));

  test("leads back to the reply, however it ends", () => {
    const ends = [
      compose(null),
      change({ kind: "edit", seq: 1, text: "a" }),
      change({ kind: "delete", seq: 1 }),
      gone(3, 1),
    ];
    for (const end of ends) assert.deepEqual(apply(begun, end).subject, reply, end.type);
    assert.deepEqual(after(both, compose(reply), compose(edit), compose(edit), compose(null)).subject, reply);
    assert.equal(after(both, compose(reply), compose(edit), compose(null), compose(null)).subject, null);
  });

  test("leads to a plain message when what was answered is deleted meanwhile, and not when it is edited", () => {
    assert.equal([gone(3, 2), compose(null)].reduce(apply, begun).subject, null);
    const own = after(both, compose({ ...edit, what: "reply" }), compose(edit));
    assert.equal(apply(own, change({ kind: "edit", seq: 1, text: "a" })).subject.what, "reply");
  });

  test("leads back to a reply that the rules gave back meanwhile", () => {
    const answer = post("x", { reply: { seq: 2, from: BORIS, epoch: "e1" } });
    const refused = { type: "error", id: "x", code: "slow", retry_after: 5, at: 1 };
    assert.equal([answer, compose(edit), refused, compose(null)].reduce(apply, after(both)).subject.seq, 2);
  });
});

describe("the key for the last message of one's own", () => {
  const edits = (state) => {
    const heard = [];
    const chat = { state, dispatch: (event) => heard.push(event) };
    editLast(chat, { focus() {} });
    return heard.map(({ subject }) => subject.seq);
  };
  const own = after(welcome({ seq: 1, head: 1, messages: [message(1, ANNA)] }));

  test("edits it", () => assert.deepEqual(edits(own), [1]));

  test("does nothing far up, where the last one that is here is an old one", () => {
    const far = { type: "around-loaded", messages: [message(1, ANNA)], upTo: 1 };
    assert.deepEqual(edits(after(welcome({ seq: 9, head: 9, messages: messages(8, 9) }), far)), []);
  });

  test("does so again when what was on its way has gone into a gap", () => {
    const acked = [post("x"), { type: "ack", id: "x", seq: 2 }].reduce(apply, own);
    assert.deepEqual(edits(acked), []);
    assert.deepEqual(edits(apply(acked, welcome({ seq: 9, head: 9, messages: [message(9, ANNA)] }))), [9]);
  });
});
