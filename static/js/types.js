/**
 * Shapes that several modules share. Types only: the page never loads this file.
 *
 * @typedef {{id: string, name: string}} Person
 * @typedef {{epoch: string, seq: number}} Position
 *
 * What the server sends (docs/protocol.md):
 * @typedef {{seq?: number, epoch?: string, id?: string, from: {id?: string, name: string},
 *            text: string, time: string, outside?: boolean}} WireMessage
 * @typedef {{type: "welcome", room: string, you: Person, token: string, epoch: string, seq: number, head: number,
 *            recovered: boolean, lost: boolean, messages: WireMessage[], online: {count: number, people: Person[]},
 *            text: string, limits: Limits, version: string}} Welcome
 * @typedef {{text: number, name: number, history?: number, posts_waiting?: number}} Limits
 *
 * One thing in the list, from the top down:
 * @typedef {{kind: "message", key: string, seq?: number, id?: string, from: {id?: string, name: string},
 *            text: string, time: string, outside?: boolean}} MessageItem
 * @typedef {{kind: "greeting", key: string, text: string}} GreetingItem   «Вы подключились к чату!»
 * @typedef {{kind: "presence", key: string, changes: PresenceChange[]}} PresenceItem
 * @typedef {{what: "joined" | "left" | "renamed", person: Person, was?: string}} PresenceChange
 * @typedef {{kind: "gap", key: string, missed: number}} GapItem   messages that weren't sent; the server may have them
 * @typedef {{kind: "lost", key: string}} LostItem   the server's history is gone
 * @typedef {MessageItem | GreetingItem | PresenceItem | GapItem | LostItem} Item
 *
 * @typedef {{key: string, items: Item[]}} Chunk   up to 50 items that are drawn and dropped together
 * @typedef {object} Timeline   the part of the room that is in the page
 * @property {Chunk[]} chunks   oldest first
 * @property {boolean} atHead   it ends with the room's newest message
 * @property {boolean} start    it begins with the oldest message that the server keeps
 *
 * @typedef {object} Post   a message of one's own that everyone doesn't have yet
 * @property {string} id
 * @property {string} text
 * @property {string} time     when it was written, RFC 3339
 * @property {"waiting" | "sending" | "sent" | "failed"} status   sent: acknowledged, and still to come as a message
 * @property {boolean} [tried]  it may have reached the server
 * @property {string} [code]    why it failed: the error's code
 *
 * @typedef {"idle" | "connecting" | "joining" | "online" | "waiting" | "offline" | "stopped" | "removed" | "expired"} Phase
 *   idle: no name yet; joining: the socket is open, `welcome` isn't here; waiting: until `retryAt`;
 *   offline: the device has no network; stopped: the server stopped for want of talk; removed: by the operator;
 *   expired: another site no longer vouches for this person
 * @typedef {{phase: Phase, since: number, retryAt: number, joinedBefore: boolean, backAt: number}} ConnectionState
 *
 * @typedef {"loading" | "failed" | "idle"} Loading
 *
 * @typedef {object} State   everything the page shows
 * @property {string} room
 * @property {Person | null} me
 * @property {ConnectionState} connection
 * @property {Position | null} position   how far this page has read
 * @property {number} head   the newest seq of the room
 * @property {Limits} limits
 * @property {Timeline} timeline
 * @property {Loading} history   of older messages
 * @property {Post[]} posts   in the order they were written
 * @property {{count: number, people: Person[]}} online   `people` may be the first part only
 * @property {boolean} crowd   more people changed than the server listed: ask for them again
 * @property {{people: Person[], at: number}} typing
 * @property {{mark: string | null, count: number}} unread   `mark`: key of the first unread message
 * @property {boolean} watching   the end of the list is on a visible screen
 * @property {boolean} needsResync   a message is missing: only coming back with the position mends it
 * @property {number} activeAt   when somebody last wrote or came (ms)
 * @property {number} idleAt   when the server stops (ms), 0: it doesn't
 * @property {boolean} degraded   the server has lost Redis
 * @property {{until: number, code: string}} pause   no sending until then (ms)
 * @property {{code: string, suggestion?: string} | null} refusal   why the server didn't let this page in
 * @property {boolean} renewed   the server has a newer page
 * @property {number} counter   makes keys for what has no seq
 */

export {};
