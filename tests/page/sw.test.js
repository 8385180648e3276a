import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const SOURCE = readFileSync(new URL("../../static/js/sw.js", import.meta.url), "utf8");

/** @param {string[]} addresses   of the open tabs @returns {Promise<string[]>} what a press on a notice of the room «кухня» does */
async function pressed(addresses) {
  /** @type {string[]} */
  const done = [];
  /** @type {Record<string, (event: object) => void>} */
  const on = {};
  const tabs = addresses.map((url) => ({ url, focus: async () => void done.push(`focus ${url}`) }));
  const clients = {
    matchAll: async () => tabs,
    openWindow: async (/** @type {string} */ url) => void done.push(`open ${url}`),
  };
  const worker = {
    clients,
    addEventListener: (/** @type {string} */ type, /** @type {any} */ act) => (on[type] = act),
  };
  runInNewContext(SOURCE, { globalThis: worker, ...worker, URL });
  let end;
  on.notificationclick({
    notification: {
      data: "https://chat.example/r/%D0%BA%D1%83%D1%85%D0%BD%D1%8F",
      close: () => done.push("close"),
    },
    waitUntil: (/** @type {Promise<void>} */ promise) => (end = promise),
  });
  await end;
  return done;
}

test("a notice of the service worker leads to the tab of its room", async () => {
  const tabs = ["https://chat.example/", "https://chat.example/r/%D0%BA%D1%83%D1%85%D0%BD%D1%8F#m5"];
  assert.deepEqual(await pressed(tabs), ["close", `focus ${tabs[1]}`]);
});

test("a notice whose room is open nowhere opens it", async () => {
  assert.deepEqual(await pressed(["https://chat.example/"]), [
    "close",
    "open https://chat.example/r/%D0%BA%D1%83%D1%85%D0%BD%D1%8F",
  ]);
});
