/** The search in messages: what is asked, and what becomes of what was found. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { MessageSearch } from "../../static/js/conversation/message-search.js";
import { apply } from "../../static/js/state/state.js";
import { after, change, edited, gone, message, welcome } from "./events.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** A chat in a room, whose server is the test. */
class FakeChat {
  state = after(welcome(), { type: "phase-changed", phase: "online", at: 0 });
  /** @type {{command: any, resolve: (answer: any) => void, reject: (error: any) => void}[]} */
  asked = [];
  #listeners = [];

  listen(listener) {
    this.#listeners.push(listener);
  }

  request(command) {
    return new Promise((resolve, reject) => void this.asked.push({ command, resolve, reject }));
  }

  happens(event) {
    const before = this.state;
    this.state = apply(before, { at: 0, now: 0, ...event });
    for (const listener of this.#listeners) listener(this.state, before, event);
  }

  get texts() {
    return this.asked.map(({ command }) => command.text);
  }
}

const found = (seqs, more = {}) => ({
  epoch: "e1",
  messages: seqs.map((seq) => message(seq)),
  words: ["кошку"],
  ...more,
});

/** Lets answers arrive, and then time pass (ms). */
async function pass(ms = 0) {
  for (let turns = 5; turns; turns -= 1) await Promise.resolve();
  mock.timers.tick(ms);
  for (let turns = 5; turns; turns -= 1) await Promise.resolve();
}

async function searching(text = "кошка") {
  const chat = new FakeChat();
  const search = new MessageSearch(/** @type {any} */ (chat));
  search.open(() => {});
  search.askNow(text);
  await pass(0);
  return { chat, search };
}

async function foundIn(seqs, more = {}) {
  const { chat, search } = await searching();
  chat.asked[0].resolve(found(seqs, more));
  await pass();
  return { chat, search };
}

const seqs = (search) => search.messages.map(({ seq }) => seq);

describe("the search in messages", () => {
  test("asks once no more keys come, and at once where that is wished for", async () => {
    const { chat, search } = await searching("");
    for (const text of ["к", "ко", " кошка"]) {
      search.want(text);
      await pass(200);
    }
    assert.deepEqual(chat.texts, []);
    await pass(50);
    search.want("кошка");
    await pass(1000);
    assert.deepEqual(chat.texts, ["кошка"]);
    search.askNow("кошка отчёт");
    await pass(0);
    search.askNow("кошка отчёт");
    await pass(1000);
    assert.deepEqual(chat.texts, ["кошка", "кошка отчёт"]);
  });

  test("takes a space after the last word for its end, and spaces alone for nothing", async () => {
    const { chat, search } = await searching("кошка ");
    search.askNow("  ");
    await pass(1000);
    assert.deepEqual([chat.texts, search.query], [["кошка "], ""]);
  });

  test("asks for as much as the server takes", async () => {
    const { chat } = await searching("🐈".repeat(300));
    assert.equal(chat.texts[0], "🐈".repeat(200));
  });

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

  test("asks again after the time that the server names, and for nothing before", async () => {
    const { chat, search } = await searching();
    chat.asked[0].reject({ code: "rate_limited", retry_after: 5 });
    await pass();
    assert.equal(search.problem, "rate_limited");
    search.askNow("собака");
    await pass(4_900);
    assert.equal(chat.asked.length, 1);
    await pass(200);
    assert.deepEqual(chat.texts, ["кошка", "собака"]);
  });

  test("asks again for what it was asked when the connection is back", async () => {
    const { chat, search } = await foundIn([9], { more: true });
    search.more();
    chat.happens({ type: "phase-changed", phase: "waiting", retryAt: 1 });
    chat.asked[1].reject({ code: "no_answer" });
    await pass(5_000);
    assert.deepEqual([search.problem, chat.asked.length], ["offline", 2]);
    chat.happens(welcome({ seq: 0, recovered: true }));
    chat.happens({ type: "phase-changed", phase: "online" });
    await pass(0);
    assert.deepEqual([chat.asked.length, chat.asked[2].command.before], [3, 9]);
  });

  test("doesn't repeat by itself what the server refuses for good", async () => {
    const { chat, search } = await searching();
    chat.asked[0].reject({ code: "unknown_command" });
    await pass(60_000);
    assert.deepEqual([search.problem, chat.asked.length], ["unknown_command", 1]);
    search.askNow("кошка");
    await pass(0);
    assert.equal(chat.asked.length, 2);
  });
});
