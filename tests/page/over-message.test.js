/** What is opened over a message, and what is done from there. */
import "./browser.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { messageAt } from "../../static/js/state/changes.js";
import { apply } from "../../static/js/state/state.js";
import { closeWith, formNow } from "../../static/js/views/message-menu/over-message.js";
import { after, change, edited, gone, message, messages, post, welcome } from "./events.js";

const RESET = { type: "reset", epoch: "e2", seq: 2, messages: messages(1, 2), at: 1 };

/** A chat with two messages, and a dialog that is open over what `find` finds there. */
function opened(find) {
  const begun = after(welcome({ seq: 2, head: 2, messages: messages(1, 2) }), post("p1"));
  const listeners = new Set();
  const chat = {
    state: begun,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    dispatch(event) {
      chat.state = apply(chat.state, event);
      for (const listener of listeners) listener(chat.state);
    },
  };
  const dialog = Object.assign(new EventTarget(), {
    open: true,
    close() {
      dialog.open = false;
      dialog.dispatchEvent(new Event("close"));
    },
  });
  closeWith({ message: find(begun), epoch: "e1", chat }, dialog);
  return { chat, dialog, listeners };
}

describe("what is open over a message", () => {
  const second = (state) => messageAt(state, 2);

  test("stays while the message does", () => {
    const { chat, dialog } = opened(second);
    for (const event of [message(3), gone(4, 1)]) chat.dispatch(event);
    assert.equal(dialog.open, true);
  });

  test("goes when the message is deleted", () => {
    const { chat, dialog, listeners } = opened(second);
    chat.dispatch(gone(3, 2));
    assert.deepEqual([dialog.open, listeners.size], [false, 0]);
  });

  test("goes when the log is lost: another message has that number", () => {
    const { chat, dialog } = opened(second);
    chat.dispatch(RESET);
    assert.equal(dialog.open, false);
  });

  test("stays over a post, which is in no log yet", () => {
    const { chat, dialog } = opened(({ posts }) => posts[0]);
    chat.dispatch(RESET);
    assert.equal(dialog.open, true);
  });
});

test("the form that a message has by now is the newest one that the page knows", () => {
  const { chat } = opened((state) => messageAt(state, 2));
  const target = { message: messageAt(chat.state, 2), chat };
  assert.equal(formNow(target), target.message);
  chat.dispatch(edited(3, 2, "новое"));
  assert.equal(formNow(target).text, "новое");
  const post = chat.state.posts[0];
  assert.equal(formNow({ message: post, chat }), post);
});

test("a change to a message of a log that is lost touches no message of another log, and is told", () => {
  const lost = after(welcome({ seq: 2, head: 2, messages: messages(1, 2) }), RESET);
  const state = apply(lost, change({ kind: "delete", seq: 2 }));
  assert.deepEqual([messageAt(state, 2).deleted, state.changes, state.changesLost], [undefined, [], 1]);
});
