/** The person's way to a place that has to be loaded: it may be abandoned meanwhile. */
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Navigation } from "../../static/js/views/list/navigation.js";

describe("a navigation", () => {
  let scroll, navigation, answer;

  /** @returns {Promise<boolean>} which `answer` resolves */
  const load = () =>
    new Promise((resolve) => {
      answer = resolve;
    });

  beforeEach(() => {
    scroll = { moves: 0 };
    navigation = new Navigation(scroll);
  });

  test("is under way until its place is loaded, and no longer", async () => {
    const going = navigation.go(7, load);
    assert.deepEqual([navigation.isUnderWay(7), navigation.isUnderWay("end")], [true, false]);
    answer(true);
    assert.equal(await going, "loaded");
    assert.equal(navigation.isUnderWay(7), false);
  });

  test("says that there was no answer", async () => {
    const going = navigation.go("end", load);
    answer(false);
    assert.equal(await going, "unanswered");
  });

  test("is abandoned when the reader scrolls", async () => {
    const going = navigation.go("line", load);
    scroll.moves += 1;
    assert.equal(navigation.isUnderWay("line"), false);
    answer(true);
    assert.equal(await going, "abandoned");
  });

  test("is abandoned when another one begins, which its late answer doesn't end", async () => {
    const first = navigation.go(7, load);
    const answerFirst = answer;
    const second = navigation.go("end", load);
    answerFirst(true);
    assert.equal(await first, "abandoned");
    assert.equal(navigation.isUnderWay("end"), true);
    answer(true);
    assert.equal(await second, "loaded");
  });

  test("is noticed by one who checks whether any has begun, as scrolling isn't", () => {
    const isLatest = navigation.latestCheck();
    scroll.moves += 1;
    assert.equal(isLatest(), true);
    navigation.begin("");
    assert.equal(isLatest(), false);
  });
});
