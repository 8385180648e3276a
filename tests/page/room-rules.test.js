/** The rules of a room, roles, mutes and removals in the page's state, and the words for them. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isTicking } from "../../static/js/draw-scheduler.js";
import { changeTexts } from "../../static/js/i18n/rule-texts.js";
import { holdOf, mayBar, NO_RULES } from "../../static/js/state/rules.js";
import { apply } from "../../static/js/state/state.js";
import { lastItem } from "../../static/js/state/timeline.js";
import { ANNA, after, BORIS, gone, message, post, welcome } from "./events.js";
import { speak } from "./speak.js";

const rules = (more) => ({ type: "rules", ...NO_RULES, version: 1, at: 0, ...more });
const refused = (id, code, more = {}) => ({ type: "error", id, code, at: 1000, ...more });
const holdAt = (state, now) => holdOf(state, now)?.code ?? null;

describe("the rules of a room", () => {
  test("come with the welcome, and change by an event with another version", () => {
    const state = after(welcome({ rules: { ...NO_RULES, version: 3, topic: "Выпуск" }, role: "moderator" }));
    assert.deepEqual([state.rules.topic, state.role], ["Выпуск", "moderator"]);
    assert.equal(apply(state, rules({ version: 3, topic: "Прошлый" })).rules.topic, "Выпуск");
    assert.equal(apply(state, rules({ version: 4, topic: "Новый" })).rules.topic, "Новый");
    // The server has lost them, and begins anew.
    assert.equal(apply(state, rules({ version: 1, topic: "" })).rules.topic, "");
  });

  test("hold in their later version, if that comes before the welcome", () => {
    const joining = { type: "phase-changed", phase: "joining", at: 0 };
    const early = after(joining, rules({ version: 5, topic: "Новый" }));
    assert.equal(apply(early, welcome({ rules: { ...NO_RULES, version: 4 } })).rules.topic, "Новый");
    // On another connection the server may count anew.
    const again = apply(early, joining);
    assert.equal(apply(again, welcome({ rules: { ...NO_RULES, version: 2 } })).rules.topic, "");
  });

  test("that hold for who writes are said on entering, in a line of their own", async () => {
    await speak("ru");
    const entered = (more) =>
      lastItem(after(welcome({ rules: { ...NO_RULES, version: 3, ...more } })).timeline);
    assert.deepEqual(changeTexts(entered({ slow: 60, locked: true, topic: "Обед" })), [
      "Медленный режим: писать можно раз в минуту",
    ]);
    assert.deepEqual(changeTexts(entered({ read_only: true })), ["Писать могут только модераторы"]);
    assert.equal(entered({ locked: true, password: true }).kind, "greeting");
  });

  test("leave a line in the list that says what has changed", async () => {
    await speak("ru");
    const state = after(welcome(), rules({ slow: 30, locked: true }));
    assert.deepEqual(changeTexts(lastItem(state.timeline)), [
      "Медленный режим: писать можно раз в\u00a030\u00a0с",
      "Комната закрыта для новых участников",
    ]);
    const off = apply(state, rules({ version: 2, topic: "Обед" }));
    assert.deepEqual(changeTexts(lastItem(off.timeline)), [
      "Медленный режим выключен",
      "Комната снова открыта для всех",
      "Тема комнаты: ⁨Обед⁩",
    ]);
  });

  test("keep everyone but moderators from writing in a room that is only read", () => {
    const state = after(welcome(), rules({ read_only: true }));
    assert.equal(holdAt(state, 0), "read_only");
    assert.equal(holdAt({ ...state, role: "moderator" }, 0), null);
  });

  test("make the person wait after each message of their own, in whichever tab, unless they moderate", () => {
    const slow = after(welcome(), rules({ slow: 30 }));
    assert.equal(holdAt(apply(slow, message(1, BORIS)), 1000), null);
    const written = apply(slow, message(1, ANNA));
    assert.deepEqual([holdAt(written, 30_999), holdAt(written, 31_000)], ["slow", null]);
    assert.equal(holdAt(apply({ ...slow, role: "moderator" }, message(1, ANNA)), 1000), null);
    const repeated = apply(written, message(1, ANNA, { at: 20_000 }));
    assert.equal(holdAt(repeated, 31_000), null);
    assert.equal(holdAt({ ...written, role: "moderator" }, 1000), null);
  });

  test("let the person go on at once when slow mode ends, and wait less when it gets faster", () => {
    const written = after(welcome(), rules({ slow: 3600 }), message(1, ANNA));
    assert.equal(holdAt(apply(written, rules({ version: 2, at: 2000 })), 2000), null);
    const faster = apply(written, rules({ version: 2, slow: 10, at: 2000 }));
    assert.deepEqual([holdAt(faster, 11_999), holdAt(faster, 12_000)], ["slow", null]);
  });
});

describe("somebody muted", () => {
  test("may not write until then, or until a moderator ends it", () => {
    const muted = after(welcome(), { type: "muted", seconds: 600, at: 0 });
    assert.deepEqual([holdAt(muted, 599_999), holdAt(muted, 600_000)], ["muted", null]);
    assert.equal(holdAt(apply(muted, { type: "muted", seconds: null, at: 1 }), 2), null);
  });

  test("for good has no end, and nothing counts down", () => {
    const muted = after({ type: "phase-changed", phase: "joining", at: 0 }, welcome({ muted: 0 }));
    assert.equal(holdAt(muted, 1e12), "muted");
    assert.equal(isTicking(muted, 10_000), false);
    assert.equal(isTicking(after(welcome({ muted: 60 })), 10_000), true);
  });

  test("stays so in a slow room when the post that was on its way arrives", () => {
    const muted = after(welcome(), rules({ slow: 30 }), { type: "muted", seconds: 600, at: 0 });
    const written = apply(muted, message(1, ANNA));
    assert.deepEqual([holdAt(written, 599_999), holdAt(written, 600_000)], ["muted", null]);
    const later = apply(muted, { ...message(1, ANNA), at: 600_000 });
    assert.equal(holdAt(later, 600_001), "slow");
  });

  test("is free again after a reconnect that says nothing of it, while a slow mode's wait goes on", () => {
    const muted = after(welcome(), { type: "muted", seconds: 600, at: 0 });
    assert.equal(holdAt(apply(muted, welcome()), 1), null);
    const slow = after(welcome(), rules({ slow: 60 }), message(1, ANNA));
    assert.equal(holdAt(apply(slow, welcome({ recovered: true, seq: 1 })), 2000), "slow");
  });
});

describe("a post that the rules don't allow", () => {
  const sending = after(welcome(), post("x"), post("y"), { type: "post-sent", id: "x", at: 0 });

  test("is no failed post but a draft, with all that was to follow it", () => {
    for (const code of ["muted", "slow", "read_only", "barred"])
      assert.deepEqual(apply(sending, refused("x", code)).posts, [], code);
  });

  test("closes the field only where there is a sentence for it: who is barred reads one over the whole page", () => {
    assert.equal(holdAt(apply(sending, refused("x", "barred")), 1000), null);
    assert.equal(holdAt(apply(sending, refused("x", "muted")), 1000), "muted");
  });

  test("leaves alone what the server has already", () => {
    const stored = after(welcome(), post("w"), { type: "ack", id: "w", seq: 9, at: 0 }, post("x"));
    const { posts } = apply(stored, refused("x", "slow", { retry_after: 5 }));
    assert.deepEqual(
      posts.map(({ id }) => id),
      ["w"],
    );
  });

  test("keeps what had failed before", () => {
    const failed = apply(sending, refused("y", "internal"));
    assert.deepEqual(
      apply(failed, refused("x", "muted")).posts.map(({ id }) => id),
      ["y"],
    );
  });

  test("holds the person back for as long as the server says", () => {
    const slow = apply(sending, refused("x", "slow", { retry_after: 5 }));
    assert.deepEqual([holdAt(slow, 5_999), holdAt(slow, 6_000)], ["slow", null]);
    assert.equal(holdAt(apply(sending, refused("x", "muted")), 1e12), "muted");
    // Whether only moderators write is the rules' to say: they may have changed back already.
    assert.equal(holdAt(apply(sending, refused("x", "read_only")), 2000), null);
  });

  test("is still about the message that it replied to", () => {
    const reply = { seq: 3, from: BORIS, epoch: "e1" };
    const state = after(welcome(), post("x", { reply }), { type: "post-sent", id: "x", at: 0 });
    const { subject } = apply(state, refused("x", "slow", { retry_after: 5 }));
    assert.deepEqual([subject.what, subject.seq], ["reply", 3]);
  });

  test("is about no message any more, where the room has lost that", () => {
    const reply = { seq: 3, from: BORIS, epoch: "e0" }; // 3 is another message's number by now
    const state = after(welcome(), post("x", { reply }), { type: "post-sent", id: "x", at: 0 });
    assert.equal(apply(state, refused("x", "slow", { retry_after: 5 })).subject, null);
  });

  test("is about no message any more, where that was deleted meanwhile", () => {
    const reply = { seq: 1, from: BORIS, epoch: "e1" };
    const state = after(welcome(), message(1), post("x", { reply }), gone(2, 1));
    assert.equal(apply(state, refused("x", "slow", { retry_after: 5 })).subject, null);
  });
});

describe("somebody who is out", () => {
  test("is told so before the connection is closed", () => {
    const state = after(welcome(), { type: "error", code: "barred", retry_after: 60, at: 1000 });
    assert.deepEqual([state.refusal.code, state.refusal.until], ["barred", 61_000]);
    assert.equal(state.connection.phase, "removed");
  });

  test("is refused at the door, for good where no time is given", () => {
    const joining = { type: "phase-changed", phase: "joining", at: 0 };
    for (const code of ["barred", "locked", "room_unknown"]) {
      const { refusal } = after(joining, { type: "error", code, at: 0 });
      assert.deepEqual([refusal.code, refusal.until], [code, Infinity]);
    }
  });

  test("knows whose password is asked for", () => {
    const joining = { type: "phase-changed", phase: "joining", at: 0 };
    const state = after(joining, { type: "error", code: "password_wrong", scope: "room", at: 0 });
    assert.equal(state.refusal.scope, "room");
  });
});

describe("a moderator", () => {
  const vera = { id: "v", name: "Вера", role: "moderator" };

  test("becomes one and stops being one without a line about a new name", () => {
    const online = { count: 2, people: [ANNA, BORIS] };
    const event = { type: "online", count: 2, renamed: [{ ...BORIS, role: "moderator" }], at: 0 };
    const state = after(welcome({ online }), event);
    assert.equal(state.online.people[1].role, "moderator");
    assert.notEqual(lastItem(state.timeline).kind, "presence");
    const left = apply({ ...state, role: "moderator" }, { type: "role", role: "", at: 0 });
    assert.equal(left.role, "");
  });

  test("may bar others, but neither moderators nor themselves", () => {
    const state = after(
      welcome({
        role: "moderator",
        online: { count: 3, people: [{ ...ANNA, role: "moderator" }, BORIS, vera] },
      }),
    );
    assert.deepEqual(
      [ANNA, BORIS, vera, { id: "gone" }, {}].map(({ id }) => mayBar(state, id)),
      [false, true, false, true, false],
    );
    assert.equal(mayBar({ ...state, role: "" }, BORIS.id), false);
  });
});
