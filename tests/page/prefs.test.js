/** What the browser stores for the page, and what the page remembers where it doesn't. */
import "./browser.js";
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { apply, initial } from "../../static/js/state/state.js";
import { choose, onPrefs, prefs } from "../../static/js/storage/prefs.js";
import { RoomMemory } from "../../static/js/storage/room-memory.js";
import { load, save } from "../../static/js/storage/web-storage.js";
import { fakeStorage, tell } from "./browser.js";
import { after, amended, BORIS, change, message, welcome } from "./events.js";

describe("what is stored", () => {
  let storage = fakeStorage();
  beforeEach(() => {
    storage = fakeStorage();
  });

  test("is the last value also when the storage is full", () => {
    save("wschat.a", "old");
    storage.isFull = true;
    save("wschat.a", "new");
    assert.equal(load("wschat.a"), "new");
    save("wschat.a", "newer");
    assert.equal(load("wschat.a"), "newer");
    save("wschat.a", "");
    assert.equal(load("wschat.a"), null);
  });

  test("is what another tab has saved since the storage was full", () => {
    storage.isFull = true;
    save("wschat.a", "here");
    save("wschat.b", "here");
    storage.items.set("wschat.a", "there");
    tell("storage", { key: "wschat.a" });
    assert.deepEqual([load("wschat.a"), load("wschat.b")], ["there", "here"]);
  });

  test("keeps what another tab has chosen meanwhile", () => {
    choose({ sound: true });
    save("wschat.prefs", JSON.stringify({ ...prefs(), theme: "dark" }));
    choose({ sound: false });
    assert.deepEqual([prefs().theme, prefs().sound], ["dark", false]);
    assert.equal(JSON.parse(load("wschat.prefs")).theme, "dark");
    save("wschat.prefs", ""); // somebody has cleared what the browser stores
    choose({ sound: true });
    assert.equal(prefs().theme, "dark");
  });

  test("is read anew when the page comes out of the back/forward cache, where it heard of nothing", () => {
    choose({ name: "Анна", theme: "dark" });
    const heard = [];
    const stop = onPrefs(({ theme }) => heard.push(theme));
    storage.items.set("wschat.prefs", JSON.stringify({ name: "Аня", theme: "light" }));
    tell("pageshow", { persisted: false });
    assert.equal(prefs().name, "Анна");
    tell("pageshow", { persisted: true });
    assert.deepEqual([prefs().name, heard], ["Аня", ["light"]]);
    stop();
  });
});

describe("what is remembered of a room", () => {
  test("is what another tab has saved, also while the page was in the back/forward cache", () => {
    const storage = fakeStorage();
    const heard = [];
    new RoomMemory(
      "kitchen",
      () => initial("kitchen"),
      (event) => heard.push(event),
    );
    const read = { epoch: "e1", seq: 5 };
    const reacted = { epoch: "e1", id: "a", all: { 1: ["👍"] } };
    tell("pageshow", { persisted: true });
    assert.deepEqual(heard.splice(0), [{ type: "reacted-elsewhere", reacted: null }]);
    storage.items.set("wschat.read.kitchen", JSON.stringify(read));
    storage.items.set("wschat.reacted.kitchen", JSON.stringify(reacted));
    for (const event of [{ persisted: true }, { persisted: false }]) tell("pageshow", event);
    const both = [
      { type: "read-elsewhere", ...read },
      { type: "reacted-elsewhere", reacted },
    ];
    assert.deepEqual(heard.splice(0), both);
    for (const name of ["read", "reacted", "draft"]) tell("storage", { key: `wschat.${name}.kitchen` });
    assert.deepEqual(heard, both);
  });

  /** @param {string} room @param {object} state   of a tab @returns {{state: any, apply: (event: object) => void}} */
  function tabOf(room, state) {
    const tab = {
      state,
      apply(event) {
        const before = tab.state;
        tab.state = apply(before, { at: 0, ...event });
        memory.update(tab.state, before);
      },
    };
    const memory = new RoomMemory(room, () => tab.state, tab.apply);
    return tab;
  }

  test("is how far the person has read in a new log, also where that has the same number", async () => {
    const { items } = fakeStorage();
    const tab = tabOf("loft", { ...after(welcome({ seq: 2, messages: [message(1), message(2)] })), read: 2 });
    tab.apply({ type: "reset", epoch: "e2", seq: 2, messages: [message(1), message(2)] });
    tell("pagehide");
    assert.equal(items.get("wschat.read.loft"), JSON.stringify({ epoch: "e2", seq: 2 }));
  });

  test("isn't forgotten by a tab that isn't in the room, or in another log, or somebody else", () => {
    const kept = JSON.stringify({ epoch: "e1", id: "a", all: { 1: ["👍"] } });
    const others = [initial("attic"), after(welcome({ epoch: "e0" })), after(welcome({ you: BORIS }))];
    for (const state of others) {
      const { items } = fakeStorage();
      const tab = tabOf("attic", state);
      items.set("wschat.reacted.attic", kept);
      tell("storage", { key: "wschat.reacted.attic" });
      tab.apply({ type: "reset", epoch: "e9", seq: 0, messages: [] });
      tab.apply(welcome({ epoch: "e9", lost: true, reacted: JSON.parse(kept) }));
      assert.equal(items.get("wschat.reacted.attic"), kept);
    }
  });

  test("isn't forgotten where changes that wait are lost with the log", () => {
    const { items } = fakeStorage();
    const waiting = change({ kind: "react", seq: 1, emoji: "👍", on: true });
    const tab = tabOf("loft", after(welcome({ seq: 1, head: 1, messages: [message(1)] }), waiting));
    tab.apply({ type: "reacted-elsewhere", reacted: { epoch: "e1", id: "a", all: { 1: ["🎉"] } } });
    const newer = JSON.stringify({ epoch: "e9", id: "a", all: { 2: ["👍"] } });
    items.set("wschat.reacted.loft", newer); // by a tab that is in the new log already
    tab.apply({ type: "reset", epoch: "e9", seq: 0, messages: [] });
    assert.deepEqual([tab.state.changes, tab.state.reacted], [[], {}]);
    assert.equal(items.get("wschat.reacted.loft"), newer);
  });

  test("is saved after the person's own reaction, and not when it comes from another tab", () => {
    const { items } = fakeStorage();
    const tab = tabOf("cellar", after(welcome({ seq: 1, head: 1, messages: [message(1)] })));
    const saved = () => JSON.parse(items.get("wschat.reacted.cellar") ?? "null");
    tab.apply(change({ kind: "react", seq: 1, emoji: "👍", on: true }));
    tab.apply({ type: "change-made", id: "c1", seq: 2 });
    tab.apply(amended(2, 1));
    assert.deepEqual(saved(), { epoch: "e1", id: "a", all: { 1: ["👍"] } });
    const newer = { epoch: "e1", id: "a", all: { 1: ["👍", "🎉"] } };
    items.set("wschat.reacted.cellar", JSON.stringify(newer));
    const writes = [];
    localStorage.setItem = (...item) => writes.push(item);
    tell("storage", { key: "wschat.reacted.cellar" });
    assert.deepEqual([tab.state.reacted, writes], [newer.all, []]);
  });

  test("of reading isn't saved by a tab that has read nothing: it may be of an older log", () => {
    const { items } = fakeStorage();
    const tab = tabOf("yard", after(welcome()));
    const newer = JSON.stringify({ epoch: "e2", seq: 1 });
    items.set("wschat.read.yard", newer);
    tell("pagehide");
    assert.equal(items.get("wschat.read.yard"), newer);
    tab.apply(message(1)); // which the person looks at
    tell("pagehide");
    assert.deepEqual(JSON.parse(items.get("wschat.read.yard")), { epoch: "e1", seq: 1 });
  });
});
