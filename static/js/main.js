/**
 * The entry point. Opens the chat first, so that the socket connects while the rest of the page is loading.
 */
import { BASE, MAIN_ROOM } from "./base-path.js";
import { Chat } from "./conversation/chat.js";

/** @returns {string} the room in the address */
function roomOf(/** @type {string} */ path) {
  const name = path.slice(BASE.length).match(/^\/r\/([^/]+)\/?$/)?.[1];
  try {
    return name ? decodeURIComponent(name) : MAIN_ROOM;
  } catch {
    return name ?? MAIN_ROOM;
  }
}

/** @returns {string} the hash of all static files, which is the version of this page */
const versionOf = (/** @type {string} */ address) => address.match(/\/static\/([^/]+)\/js\//)?.[1] ?? "";

/** @returns {Promise<void>} */
async function start() {
  const chat = new Chat({ room: roomOf(location.pathname), version: versionOf(import.meta.url) });
  void chat.open();
  const { openPage } = await import("./page.js");
  await openPage(chat);
}

// boot.js has told a browser that is too old that it is, and says it where the page can't be loaded.
if (document.documentElement.dataset.tooOld === undefined)
  start().catch((error) => {
    dispatchEvent(new Event("chat-failed"));
    throw error;
  });
