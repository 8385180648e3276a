import "./browser.js";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { emojiIn, search } from "../../static/js/text/emoji.js";

const VENDOR = new URL("../../static/vendor/", import.meta.url).href;

describe("emoji", () => {
  test("come with the page, in each language, and from no other place", async (context) => {
    const asked = [];
    context.mock.method(globalThis, "fetch", async (url) => {
      asked.push(String(url));
      return new Response(await readFile(new URL(url)));
    });
    const [russian, english] = await Promise.all([emojiIn("ru"), emojiIn("en")]);
    assert.deepEqual(asked, [`${VENDOR}emoji-ru.json`, `${VENDOR}emoji-en.json`]);
    const chars = (groups) => groups.map((group) => group.map(([emoji]) => emoji));
    assert.deepEqual(chars(russian), chars(english));
    assert.ok(russian.flat().length > 1000);
    for (const query of ["сердце", "heart"]) {
      assert.ok(search([russian, english], query).some(([emoji]) => emoji === "❤️"));
    }
  });

  test("that couldn't be fetched are asked for again", async (context) => {
    const { emojiIn: afresh } = await import("../../static/js/text/emoji.js?afresh");
    const fetch = context.mock.method(globalThis, "fetch", async () => new Response("", { status: 503 }));
    await assert.rejects(afresh("ru"));
    fetch.mock.mockImplementation(async (url) => new Response(await readFile(new URL(url))));
    assert.ok((await afresh("ru")).length);
  });
});
