/** What stands in the field and isn't sent yet. */
import "./browser.js";
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Draft } from "../../static/js/storage/draft.js";
import { load, save } from "../../static/js/storage/web-storage.js";
import { fakeStorage, newTab } from "./browser.js";
import { BORIS } from "./events.js";

describe("a draft", () => {
  const key = "wschat.draft.chat";
  beforeEach(() => {
    fakeStorage();
  });

  test("is there for the next tab, with what it replies to", () => {
    const reply = { seq: 1, from: BORIS, epoch: "e1" };
    new Draft("chat").save("Привет", reply);
    newTab();
    const { text, reply: kept } = new Draft("chat");
    assert.deepEqual([text, kept], ["Привет", reply]);
  });

  for (const text of ["Привет", "123", "true", "null", '"', "[1]", "{}"]) {
    test(`that an earlier version saved as its text alone is kept: ${text}`, () => {
      save(key, text);
      const draft = new Draft("chat");
      assert.deepEqual([draft.text, draft.reply], [text, undefined]);
      draft.save(draft.text);
      assert.equal(new Draft("chat").text, text);
    });
  }

  test("that is emptied is kept no longer", () => {
    const draft = new Draft("chat");
    draft.save("Привет");
    draft.save("");
    assert.equal(load(key), null);
    assert.equal(new Draft("chat").text, "");
  });
});
