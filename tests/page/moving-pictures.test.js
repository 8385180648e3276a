/** Which files are sent as they are, so that they go on moving. */
import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { mayMove } from "../../static/js/dom/moving-pictures.js";

/** @param {number} flags @param {string} kind   of the first chunk */
const webp = (flags, kind = "VP8X") =>
  new Blob([`RIFF\0\0\0\0WEBP${kind}\n\0\0\0`, new Uint8Array([flags, 0])]);

test("a GIF and a WebP with the flag move, whatever they are called", async () => {
  assert.equal(await mayMove(new Blob(["GIF89a and more"], { type: "image/png" })), true);
  assert.equal(await mayMove(new Blob(["GIF87a"])), true);
  assert.equal(await mayMove(webp(0x02)), true);
  assert.equal(await mayMove(webp(0x12)), true);
});

test("everything else stands still", async () => {
  assert.equal(await mayMove(webp(0x10)), false);
  assert.equal(await mayMove(webp(0x02, "VP8 ")), false);
  assert.equal(await mayMove(new Blob(["\x89PNG\r\n"], { type: "image/gif" })), false);
  assert.equal(await mayMove(new Blob([])), false);
});
