/** The rooms that one can go to. */
import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { optionsFor } from "../../static/js/views/dialogs/room-switcher.js";
import { speak } from "./speak.js";

test("the main room is found by what the page calls it, and by its name", async () => {
  const rooms = ["кухня", "chat", "главы"].map((room) => ({ room, at: 1, unread: 0 }));
  const found = (query) => optionsFor(rooms, query).map(({ room, isNew }) => (isNew ? `+${room}` : room));
  await speak("ru");
  assert.deepEqual(found("Глав"), ["chat", "главы", "+Глав"]);
  assert.deepEqual(found("главная комната"), ["chat"]);
  assert.deepEqual(found("chat"), ["chat"]);
  await speak("en");
  assert.deepEqual(found("main"), ["chat", "+main"]);
});
