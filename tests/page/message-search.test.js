/** The search in messages: what becomes of what was found. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { change, edited, gone, message, welcome } from "./events.js";
import { found, foundIn, pass, searching, seqs } from "./searching.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

describe("what a search has found", () => {
  test("keeps what was found before until the answer comes, and ignores answers to what isn't asked any more", async () => {
    const { chat, search } = await foundIn([5, 3]);
    search.askNow("собака");
    await pass(0);
    search.askNow("сыч");
    await pass(0);
    chat.asked[1].resolve(found([4]));
    await pass();
    assert.deepEqual(seqs(search), [5, 3]);
    assert.ok(search.isAsking);
    chat.asked[2].resolve(found([2]));
    await pass();
    assert.deepEqual([seqs(search), search.isAsking], [[2], false]);
    search.want("");
    assert.deepEqual([seqs(search), search.found], [[], null]);
  });

  test("asks for older messages, below the last one that came", async () => {
    const { chat, search } = await foundIn([9, 7], { more: true });
    search.more();
    search.more();
    assert.deepEqual([chat.asked.length, chat.asked[1].command.before], [2, 7]);
    chat.happens(gone(10, 9));
    chat.asked[1].resolve(found([4], { words: ["кошки"] }));
    await pass();
    assert.deepEqual(
      [seqs(search), [...search.found.words], search.found.more],
      [[7, 4], ["кошку", "кошки"], false],
    );
    search.more();
    assert.equal(chat.asked.length, 2);
  });

  test("looks for what has come meanwhile when it is opened again, and keeps what it had below", async () => {
    const { chat, search } = await foundIn([9, 7], { more: true });
    search.more();
    chat.asked[1].resolve(found([4, 2]));
    await pass();
    search.close();
    search.open(() => {});
    await pass(1000);
    assert.equal(chat.asked.length, 2);
    search.close();
    chat.happens(message(1));
    search.open(() => {});
    await pass(0);
    assert.deepEqual([seqs(search), chat.asked[2].command.before], [[9, 7, 4, 2], undefined]);
    chat.asked[2].resolve(found([12, 9], { more: true, words: ["кошки"] }));
    await pass();
    assert.deepEqual([seqs(search), search.found.more], [[12, 9, 7, 4, 2], false]);
    assert.deepEqual([...search.found.words], ["кошки", "кошку"]);
    search.open(() => {});
    await pass(1000);
    assert.equal(chat.asked.length, 3);
  });

  test("leaves no gap below what has come meanwhile", async () => {
    const { chat, search } = await foundIn([9, 7], { more: false });
    chat.happens(message(1));
    search.open(() => {});
    await pass(0);
    chat.asked[1].resolve(found([14, 12], { more: true }));
    await pass();
    assert.deepEqual([seqs(search), search.found.more, search.found.before], [[14, 12], true, 12]);
  });

  test("shows no message twice that has moved up into the newest part", async () => {
    const { chat, search } = await foundIn([9, 7], { more: true });
    chat.happens(gone(1, 9));
    search.open(() => {});
    await pass(0);
    chat.asked[1].resolve(found([7, 4], { more: true }));
    await pass();
    search.more();
    assert.equal(chat.asked[2].command.before, 4);
    chat.asked[2].resolve(found([2]));
    await pass();
    assert.deepEqual(seqs(search), [7, 4, 2]);
  });

  test("forgets a message that is deleted, also while nobody looks and in what was missed", async () => {
    const { chat, search } = await foundIn([3, 2, 1]);
    search.close();
    chat.happens({ ...welcome({ seq: 3, head: 3, recovered: true }), messages: [] });
    chat.happens(gone(4, 3));
    assert.deepEqual(seqs(search), [2, 1]);
    chat.happens(welcome({ seq: 5, head: 5, recovered: true, messages: [gone(5, 1)] }));
    assert.deepEqual(seqs(search), [2]);
    assert.ok(!JSON.stringify(search.found.messages).includes("№ 1"));
  });

  test("forgets a message that is deleted while the answer that has it is on its way", async () => {
    const { chat, search } = await searching();
    chat.happens({ ...gone(1, 2), seq: 1 });
    chat.asked[0].resolve(found([3, 2]));
    await pass();
    assert.deepEqual(seqs(search), [3]);
  });

  test("shows an edit, and a deletion of the person's own before the server has made it", async () => {
    const { chat, search } = await searching();
    chat.happens(message(1));
    chat.asked[0].resolve(found([1]));
    await pass();
    chat.happens(edited(2, 1, "Иначе"));
    assert.equal(search.messages[0].text, "Иначе");
    chat.happens(change({ kind: "delete", seq: 1 }));
    assert.deepEqual(seqs(search), []);
    chat.happens({ type: "change-refused", id: "c1", code: "not_yours" });
    assert.deepEqual(seqs(search), [1]);
  });

  test("keeps what is newer than the form that the page has", async () => {
    const { chat, search } = await searching();
    chat.happens(message(1));
    chat.asked[0].resolve(found([], { messages: [message(1, undefined, { rev: 2, text: "Иначе" })] }));
    await pass();
    assert.equal(search.messages[0].text, "Иначе");
  });

  test("searches again in another log, or where it may have missed a deletion", async () => {
    const { chat, search } = await foundIn([1]);
    chat.happens(welcome({ messages: [message(1)], seq: 1, head: 1 }));
    assert.deepEqual([seqs(search), search.query], [[], "кошка"]);
    await pass(0);
    chat.asked[1].resolve(found([1]));
    await pass();
    assert.deepEqual(seqs(search), [1]);
    chat.happens({ type: "reset", epoch: "e2", seq: 0, messages: [] });
    assert.deepEqual(seqs(search), []);
    await pass(0);
    assert.equal(chat.asked.length, 3);
  });

  test("begins afresh if the log was replaced while nobody looked", async () => {
    const { chat, search } = await foundIn([1]);
    search.close();
    chat.happens({ type: "reset", epoch: "e2", seq: 0, messages: [] });
    await pass(1000);
    assert.deepEqual([search.query, search.found, chat.asked.length], ["", null, 1]);
  });

  test("takes nothing from a log that the page doesn't know yet", async () => {
    const { chat, search } = await foundIn([1], { epoch: "e2" });
    assert.equal(search.found, null);
    await pass(1000);
    assert.equal(chat.asked.length, 2);
  });
});
