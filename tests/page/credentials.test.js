/** What the person shows to get into a room. */
import "./browser.js";
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Credentials } from "../../static/js/storage/credentials.js";
import { fakeStorage } from "./browser.js";

globalThis.location = /** @type {any} */ ({ hash: "", pathname: "/", search: "" });

const KEY = "wschat.mod.chat";

describe("the token of a moderator's link", () => {
  /** @type {ReturnType<typeof fakeStorage>} */
  let storage;
  /** @type {Credentials} */
  let credentials;

  beforeEach(() => {
    storage = fakeStorage();
    credentials = new Credentials("chat");
  });

  test("is forgotten where the server gives no role for it", () => {
    storage.setItem(KEY, "old");
    assert.equal(/** @type {any} */ (credentials.fields()).mod, "old");
    assert.equal(credentials.withLink({ type: "welcome" }).isLinkRefused, true);
    assert.equal(/** @type {any} */ (credentials.fields()).mod, undefined);
    assert.equal(credentials.withLink({ type: "welcome" }).isLinkRefused, false);
  });

  test("stays where it is another than the one that was shown: another tab has just got it", () => {
    credentials.fields();
    storage.setItem(KEY, "new");
    assert.equal(credentials.withLink({ type: "welcome" }).isLinkRefused, false);
    assert.equal(/** @type {any} */ (credentials.fields()).mod, "new");
    storage.setItem(KEY, "newer");
    assert.equal(credentials.withLink({ type: "role" }).isLinkRefused, false);
    assert.equal(storage.getItem(KEY), "newer");
  });
});
