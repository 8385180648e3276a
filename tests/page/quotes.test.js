/** What messages reply to is looked up. */
import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadQuotes } from "../../static/js/conversation/quotes.js";
import { pause, until } from "./browser.js";
import { after, welcome } from "./events.js";

test("a lookup that failed is repeated after the time that the server says, and not at every draw", async () => {
  const requests = [];
  const events = [];
  const chat = {
    state: after(welcome()),
    dispatch: (event) => events.push(event.type),
    request(command) {
      requests.push(command.seqs);
      return Promise.reject({ code: "busy", retry_after: 0.05 });
    },
  };
  void loadQuotes(chat, [1, 2]);
  await Promise.resolve();
  void loadQuotes(chat, [1, 2]);
  await pause(0);
  void loadQuotes(chat, [1, 2, 3]);
  assert.deepEqual(requests, [[1, 2], [3]]);
  await until(() => events.length === 2);
  assert.equal(events.length, 2);
  void loadQuotes(chat, [1]);
  assert.deepEqual(requests.at(-1), [1]);
});

test("an answer from before the room was cleared is no answer", async () => {
  const events = [];
  const chat = {
    state: after(welcome()),
    dispatch: (event) => events.push(event),
    request() {
      chat.state = { ...chat.state, position: { epoch: "another", seq: 0 } };
      return Promise.resolve({ messages: [{ seq: 7 }] });
    },
  };
  await loadQuotes(chat, [7]);
  assert.deepEqual(events, [{ type: "quotes-loaded", seqs: [], messages: [] }]);
});
