/*
 * The service worker: without a network, it serves the page from its cache. It caches the page's files, never
 * messages.
 */

/** Where the chat lives; the server puts its base path before every address here. */
const HOME = "/";
const CACHE = `wschat${HOME.slice(0, -1)}`;
const worker = /** @type {any} */ (globalThis);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));

/** The page sends the list of its files, which it fetched before this worker was active. */
worker.addEventListener("message", (/** @type {any} */ { data }) => {
  if (Array.isArray(data?.keep)) void keep(data.keep);
});

/** A notice leads to its room, in a tab where that is open; the page has put the room's address into it. */
worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data ?? HOME));
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate" && isPage(pathname)) event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(part(request));
});

/** @param {string} address */
async function show(address) {
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = tabs.find((/** @type {any} */ { url }) => url.split("#")[0] === address);
  await (open ? open.focus() : worker.clients.openWindow(address));
}

/** @param {string} pathname */
const isPage = (pathname) =>
  pathname === HOME || (pathname.startsWith("/r/") && !/\/pictures\/[^/]+$/.test(pathname));

/**
 * @param {Request | string} request
 * @returns {Promise<Response | undefined>} a cache that fails, as on a full disk, has nothing
 */
const kept = (request) => caches.match(request, { cacheName: CACHE }).catch(() => undefined);

/**
 * With these a proxy answers for a server that is down: the last are Cloudflare's. Not so 511: with it a network asks
 * the person to sign in.
 *
 * @param {number} status
 */
const isServerDown = (status) => (status >= 502 && status <= 504) || (status >= 520 && status <= 530);

/**
 * @param {Request} request
 * @returns {Promise<Response>} the newest page; without a network or a server the cached one, as every room has the
 *   same
 */
async function page(request) {
  try {
    const answer = await fetch(request);
    return (isServerDown(answer.status) && (await kept(HOME))) || answer;
  } catch (error) {
    const home = await kept(HOME);
    if (home) return home;
    throw error;
  }
}

/**
 * @param {Request} request
 * @returns {Promise<Response>} from the cache: a file with a hash in its address never changes
 */
const part = async (request) => (await kept(request)) ?? fetch(request);

/** @param {string[]} addresses   all files of this version of the page; others are removed from the cache */
async function keep(addresses) {
  const cache = await caches.open(CACHE);
  const wanted = new Set(addresses);
  for (const request of await cache.keys())
    if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
  await Promise.all(
    addresses.map(async (address) => {
      if (address === HOME || !(await cache.match(address))) await cache.add(address).catch(() => undefined);
    }),
  );
}
