/** Pictures of the draft and of posts: how they are uploaded, posted, and told of in words. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Sender } from "../../static/js/conversation/sender.js";
import { withPictures } from "../../static/js/i18n/i18n.js";
import { amended, attached, detached } from "../../static/js/state/attachment-changes.js";
import { hasPictureProblem, pictureCount } from "../../static/js/state/attachments.js";
import { messageAt } from "../../static/js/state/changes.js";
import { nextPost } from "../../static/js/state/sending.js";
import { apply } from "../../static/js/state/state.js";
import { Draft } from "../../static/js/storage/draft.js";
import { restored } from "../../static/js/storage/outbox.js";
import { fakeStorage } from "./browser.js";
import { ANNA, after, change, message, post, welcome } from "./events.js";
import { speak } from "./speak.js";

const [A, B] = [{ key: "a" }, { key: "b" }];
const UPLOADED = { id: "i", receipt: "r", width: 4, height: 3 };
const waiting = post("x", { status: "uploading", pictures: [A, B] });
/** @param {any} state @param {string} key @param {object} more */
const changed = (state, key, more) => apply(state, amended(state, key, more));
/** @param {any} state */
const statusOf = (state) => state.posts.map(({ status, code }) => [status, code]);

describe("a post with pictures", () => {
  test("waits for all of them, and what was written later waits for it", () => {
    const state = after(welcome(), waiting, post("later"));
    const half = changed(state, "a", UPLOADED);
    assert.equal(nextPost(half, 0), undefined);
    const whole = changed(half, "b", UPLOADED);
    assert.equal(nextPost(whole, 0)?.id, "x");
  });

  test("is sent with their receipts", () => {
    const heard = [];
    const state = changed(changed(after(welcome(), waiting), "a", UPLOADED), "b", { receipt: "s" });
    const chat = { state, dispatch() {} };
    new Sender(
      /** @type {any} */ (chat),
      (command) => heard.push(command) > 0,
      async () => true,
    ).sendNext();
    assert.deepEqual(heard[0].pictures, ["r", "s"]);
  });

  test("fails with one of them, and gives them back to the draft when it is to be corrected", () => {
    const state = changed(after(welcome(), waiting), "b", { code: "no_space" });
    assert.deepEqual(statusOf(state), [["failed", "pictures"]]);
    const back = apply(state, { type: "post-recalled", id: "x" });
    assert.deepEqual([back.posts.length, back.attached], [0, [A, { key: "b", code: "no_space" }]]);
  });

  test("is a draft again when it is called back, unless it is on its way already", () => {
    const recall = { type: "post-recalled", id: "x" };
    const early = apply(after(welcome(), waiting), recall);
    assert.deepEqual([early.posts.length, early.attached], [0, [A, B]]);
    const late = after(welcome(), post("x", { status: "sending", pictures: [A, B] }), recall);
    assert.deepEqual([late.posts.length, late.attached], [1, []]);
  });

  test("whose receipts aren't taken has none of them afterwards", () => {
    const sent = post("x", { status: "sending", pictures: [{ ...A, ...UPLOADED }] });
    const refused = after(welcome(), sent, { type: "error", code: "picture_invalid", id: "x", at: 1 });
    const [picture] = apply(refused, { type: "post-recalled", id: "x" }).attached;
    assert.deepEqual([picture.key, picture.receipt], ["a", undefined]);
  });

  test("that a rule holds back brings them back with its text", () => {
    const sent = post("x", { status: "sending", pictures: [{ ...A, ...UPLOADED }] });
    const state = after(welcome(), sent, waiting, { type: "error", code: "muted", id: "x", at: 1 });
    assert.deepEqual(
      state.attached.map(({ key }) => key),
      ["a", "a", "b"],
    );
  });

  test("comes back after a reload if they are uploaded, and otherwise as one that failed", () => {
    const kept = { ...waiting.post, pictures: [{ ...A, ...UPLOADED }] };
    assert.equal(restored(kept, 0).status, "waiting");
    const { status, code } = restored(waiting.post, 0);
    assert.deepEqual([status, code], ["failed", "picture_invalid"]);
  });
});

describe("the draft", () => {
  test("has the pictures that are attached until it is posted", () => {
    const first = after(welcome());
    const two = apply(first, attached(first, [A, B]));
    assert.equal(pictureCount(two, null), 2);
    const one = apply(two, detached(two, "a"));
    assert.deepEqual(one.attached, [B]);
    assert.deepEqual(apply(one, post("x", { pictures: one.attached })).attached, []);
  });

  test("isn't posted while a picture has failed, or with too many", () => {
    const first = after(welcome({ limits: { text: 4000, name: 32, pictures: 1 } }));
    const one = apply(first, attached(first, [A]));
    assert.equal(hasPictureProblem(one), false);
    assert.equal(hasPictureProblem(changed(one, "a", { code: "failed" })), true);
    assert.equal(hasPictureProblem(apply(one, attached(one, [B]))), true);
  });

  test("keeps what is uploaded for the next visit", () => {
    fakeStorage();
    new Draft("chat").save("", undefined, [{ ...A, ...UPLOADED }, B]);
    assert.deepEqual(new Draft("chat").pictures, [{ ...A, ...UPLOADED }]);
    new Draft("chat").save("");
    assert.deepEqual(new Draft("chat").pictures, []);
  });
});

describe("a message with pictures", () => {
  const pictures = [{ id: "p", width: 4, height: 3 }];
  const state = after(welcome(), message(1, ANNA, { text: "", pictures }));

  test("keeps them in an edit, and loses them with its deletion", () => {
    const edited = apply(state, change({ kind: "edit", seq: 1, text: "Кот" }));
    assert.deepEqual(messageAt(edited, 1)?.pictures, pictures);
    const deleted = apply(state, change({ kind: "delete", seq: 1 }));
    assert.equal(messageAt(deleted, 1)?.pictures, undefined);
  });

  test("needs no text in an edit", () => {
    assert.equal(pictureCount(state, { what: "edit", seq: 1, from: ANNA }), 1);
    assert.equal(pictureCount(state, { what: "reply", seq: 1, from: ANNA }), 0);
  });

  for (const [lang, told] of /** @type {const} */ ([
    ["ru", ["Картинка", "2 картинки", "5 картинок", "Картинка. Кот", "Кот"]],
    ["en", ["Picture", "2 pictures", "5 pictures", "Picture. Кот", "Кот"]],
  ]))
    test(`is told of in words, in ${lang}`, async () => {
      await speak(lang);
      const some = [1, 2, 5].map((length) => withPictures({ length }, ""));
      assert.deepEqual([...some, withPictures(pictures, "Кот"), withPictures(undefined, "Кот")], told);
    });
});
