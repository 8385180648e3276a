/** How a message is shown among the results of a search. */
import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { HitViews } from "../../static/js/views/dialogs/search-hit.js";
import { speak } from "./speak.js";

/** @param {any} view @returns {string} all texts of a template, in their order */
const textOf = (view) =>
  Array.isArray(view?.values ?? view) ? (view.values ?? view).map(textOf).join("") : String(view ?? "");

test("a picture that was found is called so in the language of now, though its snippet is kept", async () => {
  const pictures = [{ id: "p", width: 1, height: 1 }];
  const from = { id: "b", name: "Борис" };
  const message = {
    kind: "message",
    key: "m1",
    seq: 1,
    time: "2026-11-23T12:00:00Z",
    from,
    text: "кот",
    pictures,
  };
  const found = { query: "кот", words: new Set(["кот"]) };
  const hits = new HitViews();
  const shown = () => textOf(hits.view(message, found, { isOwn: false, isChosen: false, go() {} }));
  await speak("ru");
  assert.match(shown(), /Картинка/);
  await speak("en");
  assert.match(shown(), /Picture/);
});
