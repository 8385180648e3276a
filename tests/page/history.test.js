/** Parts of the room that couldn't be loaded: at the end where that happened, until the person asks again. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadNewer, loadOlder } from "../../static/js/conversation/history.js";
import { NOTHING_LOADS } from "../../static/js/state/room.js";
import { apply } from "../../static/js/state/state.js";
import { after, messages, texts, welcome } from "./events.js";

/** A room of 1,000 messages, of which the page has those around 500. The server refuses while it `isBusy`. */
function chatInAnOldPart() {
  const begun = after(welcome({ seq: 1000, head: 1000, messages: messages(951, 1000) }));
  const chat = {
    state: apply(begun, { type: "around-loaded", messages: messages(451, 500), upTo: 500 }),
    isBusy: true,
    asked: [],
    dispatch(event) {
      chat.state = apply(chat.state, event);
    },
    request({ before, limit }) {
      chat.asked.push(before);
      if (chat.isBusy) return Promise.reject({ code: "busy" });
      return Promise.resolve({ messages: messages(before - limit, before - 1), start: false });
    },
  };
  return chat;
}

describe("what couldn't be loaded", () => {
  for (const [side, load, other] of [
    ["newer", loadNewer, loadOlder],
    ["older", loadOlder, loadNewer],
  ]) {
    test(`is known to be ${side}, is asked for again when the person wants it, and stops nothing else`, async () => {
      const chat = chatInAnOldPart();
      assert.equal(await load(chat), false);
      assert.deepEqual(chat.state.history, { ...NOTHING_LOADS, [side]: "failed" });
      assert.equal(await load(chat), true);
      assert.equal(chat.asked.length, 1);
      chat.isBusy = false;
      await other(chat);
      assert.deepEqual(chat.state.history, { ...NOTHING_LOADS, [side]: "failed" });
      assert.equal(texts(chat.state).length, 100);
      assert.equal(await load(chat, true), true);
      assert.deepEqual(chat.state.history, NOTHING_LOADS);
      assert.equal(texts(chat.state).length, 150);
    });
  }

  test("is asked for again by the person while the other side is loading", async () => {
    const chat = chatInAnOldPart();
    await loadOlder(chat);
    chat.dispatch({ type: "history-wanted", side: "newer" });
    assert.equal(await loadOlder(chat), true);
    assert.equal(chat.asked.length, 1);
    assert.equal(await loadOlder(chat, true), false);
    assert.equal(chat.asked.length, 2);
    chat.dispatch({ type: "history-wanted", side: "older" });
    await loadOlder(chat, true);
    assert.equal(chat.asked.length, 2);
  });

  test("is forgotten elsewhere in the room", async () => {
    const chat = chatInAnOldPart();
    await loadOlder(chat);
    chat.dispatch({ type: "around-loaded", messages: messages(251, 300), upTo: 300 });
    assert.deepEqual(chat.state.history, NOTHING_LOADS);
  });

  test("doesn't hide elsewhere that the other side is loading", async () => {
    const chat = chatInAnOldPart();
    await loadNewer(chat);
    chat.dispatch({ type: "history-wanted", side: "older" });
    chat.dispatch({ type: "around-loaded", messages: messages(251, 300), upTo: 300 });
    assert.deepEqual(chat.state.history, { older: "loading", newer: "idle" });
  });

  for (const [side, load] of [
    ["newer", loadNewer],
    ["older", loadOlder],
  ]) {
    test(`is no failure on the ${side} side of where the reader has gone meanwhile`, async () => {
      const chat = chatInAnOldPart();
      const loaded = load(chat);
      chat.dispatch({ type: "around-loaded", messages: messages(951, 1000), upTo: 1000 });
      assert.equal(await loaded, true);
      assert.deepEqual(chat.state.history, NOTHING_LOADS);
    });
  }

  test("is asked for without a connection where the person wants it, and fails again", async () => {
    const chat = chatInAnOldPart();
    chat.state = { ...chat.state, connection: { ...chat.state.connection, phase: "offline" } };
    await loadNewer(chat);
    assert.equal(chat.asked.length, 0);
    assert.equal(await loadNewer(chat, true), false);
    assert.deepEqual([chat.asked.length, chat.state.history.newer], [1, "failed"]);
  });
});
