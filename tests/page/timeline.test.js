/** The part of a room that is in the page, and the parts that are asked for. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadAround, loadNewer, loadOlder } from "../../static/js/conversation/history.js";
import { NOTHING_LOADS } from "../../static/js/state/room.js";
import { apply, initial } from "../../static/js/state/state.js";
import {
  empty,
  extend,
  firstSeq,
  itemFrom,
  itemsOf,
  lastSeq,
  prepend,
  snapshot,
} from "../../static/js/state/timeline.js";

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

describe("newer parts of a room of messages and changes", () => {
  /** @param {(seq: number) => boolean} isMessage   the rest are changes @param {number} head */
  const reader = (isMessage, head) => {
    const seqs = Array.from({ length: head }, (_, i) => i + 1).filter(isMessage);
    const position = { epoch: "e", seq: head };
    const connection = /** @type {any} */ ({ phase: "online" });
    const fake = {
      seqs,
      /** @type {number[]} */
      limits: [],
      /** @type {any} */
      state: { ...initial("chat"), position, head, connection },
      dispatch: (/** @type {any} */ event) => (fake.state = apply(fake.state, event)),
      // As the server counts: messages alone.
      request: async (/** @type {any} */ { before, limit }) => {
        fake.limits.push(limit);
        const part = seqs.filter((seq) => seq < before).slice(-limit);
        return { messages: part.map((seq) => wire(seq)), start: part[0] === seqs[0] };
      },
    };
    return fake;
  };

  /** @param {number} seq @returns {any} */
  const wire = (seq) => ({
    seq,
    id: `${seq}`,
    from: { id: "a", name: "A" },
    time: "",
    rev: 2000,
    deleted: gone(seq),
  });
  const gone = (/** @type {number} */ seq) => seq >= 1001 && seq <= 2000;

  /** @param {any} chat @param {number} seq   where they begin */
  const readsToTheEnd = async (chat, seq) => {
    await loadAround(chat, seq);
    while (!chat.state.timeline.atHead) {
      await loadNewer(chat);
      const inPage = itemsOf(chat.state.timeline).map((item) => /** @type {any} */ (item).seq);
      const [first, last] = [inPage[0], inPage[inPage.length - 1]];
      assert.deepEqual(
        inPage,
        chat.seqs.filter((/** @type {number} */ each) => each >= first && each <= last),
      );
    }
    assert.equal(lastSeq(chat.state.timeline), chat.seqs.at(-1));
  };

  test("stand below what is there, without a hole, however many changes there are", async () => {
    for (const every of [2, 3, 5, 40, 300]) {
      await readsToTheEnd(
        reader((seq) => seq % every === 0, 900),
        300,
      );
      await readsToTheEnd(
        reader((seq) => seq % every !== 0, 900),
        300,
      );
    }
  });

  test("stand there too where a moderator has erased a thousand messages, one change each", async () => {
    const chat = reader((seq) => seq <= 2000 || seq > 3000, 3100);
    await readsToTheEnd(chat, 1980);
    assert.ok(chat.limits.length <= 11, `${chat.limits}`);
  });

  test("aren't larger in a lively room, where a part may end in a change", async () => {
    const chat = reader((seq) => seq % 5 !== 0, 1000);
    await readsToTheEnd(chat, 300);
    assert.deepEqual([...new Set(chat.limits)], [50]);
  });
});

describe("a part that comes when the reader is elsewhere by now", () => {
  /** @param {any} timeline @param {any} later   the timeline when the answer comes @param {string} [epoch] that of the log then */
  const chat = (timeline, later, epoch) => {
    /** @type {string[]} */
    const said = [];
    const state = {
      timeline,
      head: 1000,
      history: NOTHING_LOADS,
      position: {},
      connection: { phase: "online" },
    };
    const fake = {
      state,
      said,
      dispatch: (/** @type {any} */ action) => said.push(action.type),
      request: async () => {
        fake.state = { ...state, timeline: later, position: { epoch } };
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
      assert.deepEqual(stayed.said, [
        "history-wanted",
        name === "loadOlder" ? "older-loaded" : "newer-loaded",
      ]);
      const restored = chat(here, here, "another");
      await load(/** @type {any} */ (restored));
      assert.deepEqual(restored.said, ["history-wanted", "history-outdated"]);
    });
  }

  test("isn't added to a room that was emptied", async () => {
    const cleared = chat(here, empty());
    await loadNewer(/** @type {any} */ (cleared));
    assert.deepEqual(cleared.said, ["history-wanted", "history-outdated"]);
  });
});
