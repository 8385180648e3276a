/** What the browser stores for the page, and what the page remembers where it doesn't. */
import "./browser.js";
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { choose, load, prefs, save } from "../../static/js/storage/prefs.js";
import { fakeStorage, tell } from "./browser.js";

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
});
