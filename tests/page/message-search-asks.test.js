/** The search in messages: when the server is asked, and for what. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { gone, welcome } from "./events.js";
import { found, foundIn, pass, searching, seqs } from "./searching.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

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

  test("goes on where an answer was missing, when the person asks again", async () => {
    const { chat, search } = await foundIn([9], { more: true });
    search.more();
    chat.asked[1].reject({ code: "no_answer" });
    await pass();
    search.askNow("кошка");
    await pass(0);
    assert.equal(chat.asked[2].command.before, 9);
    chat.asked[2].resolve(found([4], { more: true }));
    await pass();
    assert.deepEqual(seqs(search), [9, 4]);
    chat.happens(gone(10, 9));
    search.more();
    chat.asked[3].reject({ code: "no_answer" });
    await pass();
    search.askNow("сыч");
    await pass(0);
    assert.equal(chat.asked[4].command.before, undefined);
  });

  test("asks nothing while nobody looks", async () => {
    const { chat, search } = await searching();
    search.close();
    chat.asked[0].resolve(found([1], { epoch: "e2" }));
    await pass(60_000);
    assert.deepEqual([chat.asked.length, search.found], [1, null]);
  });

  test("asks again when the connection is back, whose end came later than no answer", async () => {
    const { chat, search } = await searching();
    chat.asked[0].reject({ code: "no_answer" });
    await pass();
    assert.equal(search.problem, "no_answer");
    chat.happens({ type: "phase-changed", phase: "waiting", retryAt: 1 });
    chat.happens({ type: "phase-changed", phase: "online" });
    await pass(0);
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
