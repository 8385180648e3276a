/**
 * The entry point. Opens the chat first, so that the socket connects while the rest of the page is loading.
 */
import { Chat } from "./conversation/chat.js";
import { roomOf } from "./text/room-names.js";

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
