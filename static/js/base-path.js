/** The path that the chat's addresses begin with: "" at the root of its host, or such as "/chat" (BASE_PATH). */

const { protocol, pathname } = new URL(import.meta.url);

export const BASE = protocol.startsWith("http")
  ? pathname.slice(0, Math.max(0, pathname.lastIndexOf("/static/")))
  : "";

/** The room at that address itself; all others are below it, at `/r/`. */
export const MAIN_ROOM = "chat";

/**
 * The chats of one host share the browser's storage, so each has names of its own there.
 *
 * @param {string} name   begins with "wschat"
 * @returns {string}
 */
export const stored = (name) => name.replace("wschat", `wschat${BASE}`);
