/** Lets the page start without a network, where the browser allows it; elsewhere it does nothing, without noise. */

const WORKER = "/sw.js";

/** @returns {any} the worker's address, vouched for where the browser wants that (`trusted-types` in the page's policy) */
function workerAddress() {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  return (
    trustedTypes?.createPolicy("service-worker", { createScriptURL: () => WORKER }).createScriptURL(WORKER) ??
    WORKER
  );
}

/** Gives the service worker the addresses of all that this page is made of. */
export async function keepForOffline() {
  if (!isSecureContext || !navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(workerAddress(), { scope: "/" });
    const { active } = await navigator.serviceWorker.ready;
    const parts = performance
      .getEntriesByType("resource")
      .map(({ name }) => new URL(name))
      .filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith("/static/"));
    active?.postMessage({ keep: ["/", ...new Set(parts.map(({ pathname }) => pathname))] });
  } catch {
    // A private window may refuse; the chat works without.
  }
}
