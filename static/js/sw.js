/*
 * The service worker: shows the page's frame and the outbox while there is no network. It keeps what the page has fetched
 * and gives it back when the network doesn't; it never keeps what people write.
 */

const CACHE = "wschat";
const worker = /** @type {any} */ (globalThis);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

/** The page says what it is made of, since it was fetched before this worker was here. */
worker.addEventListener("message", (/** @type {any} */ { data }) => {
  if (Array.isArray(data?.keep)) void keep(data.keep);
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate" && isPage(pathname)) event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(part(request));
});

/** @param {string} pathname */
const isPage = (pathname) => pathname === "/" || pathname.startsWith("/r/");

/** @param {Request} request @returns {Promise<Response>} the newest page; the kept one when there is no network */
async function page(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    // Every room has the same page.
    if (answer.ok) await cache.put("/", answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match("/");
    if (kept) return kept;
    throw error;
  }
}

/** @param {Request} request @returns {Promise<Response>} what has a hash in its address never changes */
async function part(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? fetch(request);
}

/** @param {string[]} addresses   of everything that this version of the page is made of; the rest is forgotten */
async function keep(addresses) {
  const cache = await caches.open(CACHE);
  const wanted = new Set(addresses);
  for (const request of await cache.keys())
    if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
  await Promise.all(
    addresses.map(async (address) => {
      if (address === "/" || !(await cache.match(address))) await cache.add(address).catch(() => undefined);
    }),
  );
}
