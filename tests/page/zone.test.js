/** What changes in another time zone, which a traveller's browser takes over while the page is hidden. */
process.env.TZ = "Europe/Moscow"; // before the page asks for it

import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { clock, dayKey, timeZone } from "../../static/js/i18n/i18n.js";
import { isGrouped } from "../../static/js/views/list/groups.js";
import { visible } from "../../static/js/views/list/visible.js";
import { happens } from "./browser.js";

/** @param {string} zone */
function travel(zone) {
  process.env.TZ = zone;
  happens("visibilitychange");
}

test("times, days and the runs of deleted messages on one day are those of the new time zone", () => {
  const erased = (/** @type {number} */ seq, /** @type {string} */ time) => ({
    kind: "message",
    key: `m${seq}`,
    seq,
    time,
    text: "",
    from: { id: "b", name: "Борис" },
    deleted: true,
    moderated: true,
    edited: "2026-11-23T18:00:30Z",
  });
  const chunks = [{ items: [erased(1, "2026-11-23T12:00:00Z"), erased(2, "2026-11-23T18:00:00Z")] }];
  const shown = () =>
    visible(chunks, Date.parse("2026-11-23T18:01:00Z")).chunks.map(({ items }) => items.length);
  travel("Europe/Moscow");
  const evening = new Date("2026-11-23T18:00:00Z");
  assert.equal(clock(evening), "21:00");
  assert.deepEqual(shown(), [1]);
  const before = timeZone();
  travel("Asia/Tokyo");
  assert.notEqual(timeZone(), before);
  assert.equal(clock(evening), "3:00");
  assert.equal(dayKey(evening), "2026-11-24");
  assert.deepEqual(shown(), [2]);
});

test("a message goes on in no group over a midnight of the new time zone, where the line of the day stands", () => {
  const from = { id: "b", name: "Борис" };
  const [before, after] = [
    { from, time: "2026-11-23T14:59:00Z" },
    { from, time: "2026-11-23T15:01:00Z" },
  ];
  travel("Europe/Moscow");
  assert.equal(isGrouped(before, after), true);
  travel("Asia/Tokyo");
  assert.equal(isGrouped(before, after), false);
});
