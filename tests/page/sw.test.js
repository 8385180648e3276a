import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const SOURCE = readFileSync(new URL("../../static/js/sw.js", import.meta.url), "utf8");

/**
 * @param {object} globals   of the service worker
 * @returns {Record<string, (event: any) => void>} what it does at each kind of event
 */
function started(globals) {
  /** @type {Record<string, (event: any) => void>} */
  const on = {};
  const worker = {
    ...globals,
    location: { origin: "https://chat.example" },
    addEventListener: (/** @type {string} */ type, /** @type {any} */ act) => (on[type] = act),
  };
  runInNewContext(SOURCE, { globalThis: worker, ...worker, URL });
  return on;
}

/** @param {string[]} addresses   of the open tabs @returns {Promise<string[]>} what a press on a notice of the room «кухня» does */
async function pressed(addresses) {
  /** @type {string[]} */
  const done = [];
  const tabs = addresses.map((url) => ({ url, focus: async () => void done.push(`focus ${url}`) }));
  const clients = {
    matchAll: async () => tabs,
    openWindow: async (/** @type {string} */ url) => void done.push(`open ${url}`),
  };
  let end;
  started({ clients }).notificationclick({
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

test("a picture that is opened in a tab goes past the service worker", () => {
  const answered = (/** @type {string} */ path) => {
    let isAnswered = false;
    const request = { method: "GET", url: `https://chat.example${path}`, mode: "navigate" };
    const caches = { match: async () => undefined };
    started({ caches, fetch: async () => ({ status: 200 }) }).fetch({
      request,
      respondWith: () => (isAnswered = true),
    });
    return isAnswered;
  };
  assert.equal(answered("/r/kitchen/pictures/nnQ0uoV0Vxg8Ks6FgWJwXw"), false);
  for (const page of ["/", "/r/kitchen", "/r/kitchen/", "/r/pictures", "/r/pictures/"])
    assert.equal(answered(page), true, page);
});

/** What stands for a cache of the browser whose disk is full, or that can't be opened. */
const FULL = {
  match: async () => undefined,
  put: async () => Promise.reject(new Error("QuotaExceededError")),
};
const refused = async () => Promise.reject(new Error("no storage"));

/** @param {string} path @param {object} globals @returns {Promise<string>} what the page gets for an address */
async function fetched(path, globals) {
  /** @type {Promise<any> | undefined} */
  let answer;
  started(globals).fetch({
    request: {
      method: "GET",
      url: `https://chat.example${path}`,
      mode: path.startsWith("/static/") ? "cors" : "navigate",
    },
    respondWith: (/** @type {Promise<any>} */ promise) => (answer = promise),
  });
  return (await answer).text;
}

for (const path of ["/", "/static/1/js/main.js"])
  test(`a cache that fails is in the way of nothing: ${path}`, async () => {
    const fetch = async () => ({ ok: true, text: "new", clone: () => ({}) });
    const kept = { text: "old" };
    const isPage = path === "/";
    const full = { ...FULL, match: async () => (isPage ? kept : undefined) };
    assert.equal(
      await fetched(path, { fetch, caches: { open: async () => full, match: full.match } }),
      "new",
    );
    assert.equal(await fetched(path, { fetch, caches: { open: refused, match: refused } }), "new");
  });

test("without a network the kept page is served", async () => {
  const match = async () => ({ text: "old" });
  const cache = { ...FULL, match };
  assert.equal(
    await fetched("/r/kitchen", { fetch: refused, caches: { open: async () => cache, match } }),
    "old",
  );
});

test("where a proxy answers for a server that is down the kept page is served, if there is one", async () => {
  const answer = (status) => async () => ({ status, text: "answer" });
  const caches = (text) => ({ match: async () => text && { text } });
  for (const status of [502, 503, 504, 520, 530]) {
    assert.equal(await fetched("/r/kitchen", { fetch: answer(status), caches: caches("old") }), "old");
    assert.equal(await fetched("/", { fetch: answer(status), caches: caches() }), "answer");
  }
  // 511: a network that asks the person to sign in
  for (const status of [200, 404, 500, 505, 511])
    assert.equal(await fetched("/", { fetch: answer(status), caches: caches("old") }), "answer");
});

test("without a network and a kept page the navigation fails", async () => {
  const caches = { open: refused, match: refused };
  await assert.rejects(fetched("/", { fetch: refused, caches }), /no storage/);
});
