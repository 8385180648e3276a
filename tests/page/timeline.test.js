/** The part of a room that is in the page, and the parts that are asked for. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadNewer, loadOlder } from "../../static/js/history.js";
import {
  empty,
  extend,
  firstSeq,
  itemFrom,
  itemsOf,
  lastSeq,
  prepend,
  snapshot,
} from "../../static/js/timeline.js";

const PART = 50;
const [FIRST, LAST] = [301, 1200]; // of these a moderator has deleted all

/** @param {number} first @param {number} last @returns {any[]} */
const items = (first, last) =>
  Array.from({ length: last - first + 1 }, (_, i) => {
    const seq = first + i;
    const gone = seq >= FIRST && seq <= LAST;
    const time = "2026-11-26T12:00:00Z";
    return itemFrom(
      /** @type {any} */ ({
        seq,
        id: `${seq}`,
        from: { id: "a", name: "A" },
        time,
        rev: 1,
        deleted: gone,
        moderated: gone,
      }),
      "",
    );
  });

/** @param {any} timeline */
const shown = (timeline) => itemsOf(timeline).filter((item) => !(/** @type {any} */ (item).deleted)).length;

describe("a window", () => {
  test("keeps what is shown below a long run of deleted messages while one reads up past it", () => {
    let timeline = snapshot(items(1451, 1500));
    while ((firstSeq(timeline) ?? 0) > 1) {
      const before = firstSeq(timeline) ?? 0;
      timeline = prepend(timeline, items(Math.max(1, before - PART), before - 1), before <= PART + 1);
      assert.ok((firstSeq(timeline) ?? 0) < before);
      if (before <= LAST) assert.ok(shown(timeline) >= 200, `${before}: ${shown(timeline)}`);
    }
    assert.ok(shown(timeline) >= 200);
  });

  test("has 300 of messages that are shown", () => {
    let timeline = snapshot(items(1201, 1250));
    for (let last = 1250; last < 2500; last += PART)
      timeline = extend(timeline, items(last + 1, last + PART), last + PART, 2500);
    assert.ok(itemsOf(timeline).length <= 300);
    assert.equal(lastSeq(timeline), 2500);
  });
});

describe("a part that comes when the reader is elsewhere by now", () => {
  /** @param {any} timeline @param {any} later   the timeline when the answer comes */
  const chat = (timeline, later) => {
    /** @type {string[]} */
    const said = [];
    const state = { timeline, head: 1000, history: "idle", position: {}, connection: { phase: "online" } };
    const fake = {
      state,
      said,
      dispatch: (/** @type {any} */ action) => said.push(action.type),
      request: async () => {
        fake.state = { ...state, timeline: later };
        return { messages: [], start: false };
      },
    };
    return fake;
  };
  const [here, elsewhere] = [{ ...snapshot(items(1, 50)), atHead: false }, snapshot(items(201, 250))];

  for (const [name, load] of Object.entries({ loadOlder, loadNewer })) {
    test(`isn't added to what is there (${name})`, async () => {
      const moved = chat(here, elsewhere);
      await load(/** @type {any} */ (moved));
      assert.deepEqual(moved.said, ["history-wanted", "history-outdated"]);
      const stayed = chat(here, here);
      await load(/** @type {any} */ (stayed));
      assert.deepEqual(stayed.said, ["history-wanted", name === "loadOlder" ? "history" : "newer"]);
    });
  }

  test("isn't added to a room that was emptied", async () => {
    const cleared = chat(here, empty());
    await loadNewer(/** @type {any} */ (cleared));
    assert.deepEqual(cleared.said, ["history-wanted", "history-outdated"]);
  });
});
