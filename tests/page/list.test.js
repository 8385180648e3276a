/** What the list and the notices show: groups, and texts that are cut. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noticeTitle } from "../../static/js/alerts/notifications.js";
import { cutText } from "../../static/js/i18n/i18n.js";
import { isGrouped } from "../../static/js/views/list/groups.js";
import { markIn } from "../../static/js/views/list/visible.js";

describe("messages", () => {
  const said = (name, time) => ({ from: { id: name, name }, time });
  test("of one author within five minutes are grouped", () => {
    assert.equal(isGrouped(said("a", "2026-11-23T12:00:00Z"), said("a", "2026-11-23T12:04:59Z")), true);
    assert.equal(isGrouped(said("a", "2026-11-23T12:00:00Z"), said("a", "2026-11-23T12:05:00Z")), false);
    assert.equal(isGrouped(said("a", "2026-11-23T12:00:00Z"), said("b", "2026-11-23T12:00:01Z")), false);
    assert.equal(isGrouped(null, said("a", "2026-11-23T12:00:00Z")), false);
  });

  /** @param {object[]} messages @returns {boolean[]} */
  const groupsOf = (messages) => messages.map((each, i) => isGrouped(messages[i - 1] ?? null, each));

  test("show their author again five minutes after the first of a group, and at the eleventh", () => {
    const at = (minutes) => said("a", new Date(Date.UTC(2026, 10, 23, 12, minutes)).toISOString());
    assert.deepEqual(groupsOf([0, 2, 4, 6, 8].map(at)), [false, true, true, false, true]);
    const eleven = Array.from({ length: 11 }, () => at(0));
    assert.deepEqual(groupsOf(eleven), [false, ...Array(9).fill(true), false]);
  });

  test("stay in their groups when what is above is forgotten", () => {
    const all = Array.from({ length: 30 }, () => said("a", "2026-11-23T12:00:00Z"));
    const before = groupsOf(all);
    assert.deepEqual(groupsOf(all.slice(5)).slice(1), before.slice(6));
  });
});

test("the line of the unread is where the reader has stopped, though a change may have the next number", () => {
  const chunksOf = (...seqs) => [{ items: seqs.map((seq) => ({ kind: "message", key: `m${seq}`, seq })) }];
  const chunks = chunksOf(1, 2, 4, 5);
  assert.equal(markIn("m2", chunks, chunks), "m2");
  assert.equal(markIn("m3", chunks, chunks), "m4");
  assert.equal(markIn("m3", chunks, chunksOf(1, 2, 5)), "m5");
  for (const elsewhere of ["m0", "m9", "o1", null]) assert.equal(markIn(elsewhere, chunks, chunks), null);
});

test("a long text is cut between letters as people count them", () => {
  const text = `${"а".repeat(199)}👨‍👩‍👧‍👦 и дальше`;
  assert.equal(cutText(text, 200), `${"а".repeat(199)}…`);
  assert.equal(cutText("Й".normalize("NFD").repeat(3), 3), `${"Й".normalize("NFD")}…`);
  assert.equal(cutText("коротко", 200), "коротко");
});

test("a notice names the room, unless there is but one", () => {
  assert.equal(noticeTitle("Анна", "chat"), "Анна");
  assert.equal(noticeTitle("Анна", "кухня"), "⁨Анна⁩ · ⁨кухня⁩");
});
