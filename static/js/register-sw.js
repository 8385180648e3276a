/**
 * Registers the service worker, with which the page starts without a network; does nothing where that isn't
 * allowed.
 */

import { BASE } from "./base-path.js";

const WORKER = `${BASE}/sw.js`;

/**
 * @returns {any} the worker's address; a trusted type where the browser checks them (see the page's policy)
 */
function workerAddress() {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  return (
    trustedTypes?.createPolicy("service-worker", { createScriptURL: () => WORKER }).createScriptURL(WORKER) ??
    WORKER
  );
}

/** Sends the service worker the addresses of all files of this page. */
export async function keepForOffline() {
  if (!isSecureContext || !navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(workerAddress(), { scope: `${BASE}/` });
    const { active } = await navigator.serviceWorker.ready;
    const parts = performance
      .getEntriesByType("resource")
      .map(({ name }) => new URL(name))
      .filter(({ origin, pathname }) => origin === location.origin && pathname.startsWith(`${BASE}/static/`));
    active?.postMessage({ keep: [`${BASE}/`, ...new Set(parts.map(({ pathname }) => pathname))] });
  } catch {
    // A private window may refuse it; the chat works without.
  }
}
