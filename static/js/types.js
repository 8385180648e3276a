/**
 * Types that several modules share. The page never loads this file.
 *
 * @typedef {{id: string, name: string, role?: string}} Person   role: "moderator" where so
 * @typedef {{epoch: string, seq: number}} Position
 * @typedef {"mute" | "remove"} BarAct   what a moderator keeps somebody from: writing, or the room
 * @typedef {BarAct | "erase"} TermAct   for a time that is asked for
 * @typedef {{code: string, until: number}} Hold   `code`: muted, slow, read_only, or "" for none; until (ms
 *   since the page was opened), Infinity: for good
 *
 * Sent by the server (docs/protocol.md):
 * @typedef {{seq?: number, epoch?: string, id?: string, from: {id?: string, name: string},
 *            text?: string, pictures?: Picture[], time: string,
 *            outside?: boolean, hook?: boolean} & Changed} WireMessage   deleted: without text and pictures; `hook`: a
 *   program wrote it over HTTP
 * @typedef {{id: string, width: number, height: number}} Picture   as the server keeps it (px)
 * @typedef {{seq: number, from: Person}} Reply   the message that another one replies to, and who wrote it
 * @typedef {{emoji: string, count: number, people: string[]}} Reaction   `people`: the first ids
 * @typedef {object} Changed   what came to a message since it was written, where something did
 * @property {number} [rev]   the seq of its last change; of two forms of a message the one with the higher rev holds
 * @property {string} [edited]   when it was last edited, or deleted
 * @property {boolean} [deleted]
 * @property {number} [goneAt]   when the page heard that it was deleted (as `Date.now()`), if it was open then
 * @property {boolean} [moderated]   a moderator has deleted it, and not its author
 * @property {Reply} [reply]
 * @property {Reaction[]} [reactions]
 * @typedef {{room: string, you: Person, token: string, epoch: string, seq: number,
 *            head: number, recovered: boolean, lost: boolean, messages: WireMessage[], text: string,
 *            online: {count: number, people: Person[]}, limits: Limits, version: string, role?: string, rules?: Rules,
 *            muted?: number, cleared?: boolean}} Welcome   `muted`: for so many seconds, 0: for good; `messages`: if
 *   `recovered`, what was missed
 * @typedef {{seq: number, epoch: string, id: string, message: WireMessage}} Amended
 * @typedef {({type?: "message"} & WireMessage) | ({type: "amended"} & Amended)} Missed
 * @typedef {{version: number, slow: number, read_only: boolean, locked: boolean, password: boolean,
 *            topic: string}} Rules
 *   slow: seconds between two posts of a person, 0: off
 * @typedef {{text: number, name: number, history?: number, posts_waiting?: number, edit_window?: number,
 *            pictures?: number, picture_size?: number}} Limits   `pictures`: of a message, 0: this server takes none;
 *   `picture_size`: bytes of each
 *
 * What an event of the server carries, by its type, which is one word. Those that only answer a command aren't here:
 * @typedef {object} WireEvents
 * @property {Welcome} welcome
 * @property {WireMessage} message
 * @property {Amended} amended
 * @property {{id: string, seq: number}} ack
 * @property {{count: number, joined?: Person[], left?: Person[], renamed?: Person[], more?: boolean}} online
 *   `more`: the server doesn't list all changes
 * @property {{people: Person[]}} typing
 * @property {{you: Person, ref?: string}} renamed   without `ref`: the person has lost their name to somebody else
 * @property {Rules} rules
 * @property {{seconds: number | null}} muted   0: for good; null: no longer
 * @property {{role: string}} role
 * @property {{epoch: string, seq: number, messages: WireMessage[], cleared?: boolean}} reset
 * @property {{code: string, seconds?: number}} notice
 * @property {{code: string, id?: string, retry_after?: number, suggestion?: string, scope?: string}} error
 *
 * What the page adds to them:
 * @typedef {{welcome: LinkCheck & Remembered & {renewed: boolean}, role: LinkCheck}} Additions   `renewed`:
 *   the server has a newer page
 * @typedef {{isLinkRefused: boolean}} LinkCheck   the person's moderator's link isn't valid
 * @typedef {{read?: Position, reacted?: MyReactions}} Remembered   by this browser
 * @typedef {{epoch: string, id: string, all: Record<number, string[]>}} MyReactions   of the person `id`, by seq
 *
 * What an event of the page's own carries, by its type, which has a hyphen:
 * @typedef {{
 *   "phase-changed": {phase: Phase, retryAt?: number},
 *   "obstacle-changed": {obstacle: Obstacle},
 *   "join-wanted": {},
 *   "view-changed": {watching: boolean, seen?: string},
 *   "read-elsewhere": Position,
 *   "reacted-elsewhere": {reacted?: MyReactions},
 *   "people-loaded": {people: Person[], count: number},
 *   "quotes-loaded": {seqs: number[], messages: WireMessage[]},
 *   "history-wanted": {side: Side}, "history-failed": {side: Side}, "history-outdated": {side: Side},
 *   "older-loaded": {messages: WireMessage[], start?: boolean},
 *   "newer-loaded": {messages: WireMessage[], upTo?: number},
 *   "around-loaded": {messages: WireMessage[], upTo?: number, start?: boolean},
 *   "subject-set": {subject: Subject | null},
 *   "posts-loaded": {posts: Post[]},
 *   "post-written": {post: Post},
 *   "post-sent": {id: string, tried: string},
 *   "post-expired": {id: string}, "post-retried": {id: string}, "post-recalled": {id: string},
 *   "post-discarded": {id: string},
 *   "attachments-changed": {attached: Attachment[], posts?: Post[]},
 *   "changes-loaded": {changes: Change[]},
 *   "change-wanted": {change: Change},
 *   "change-sent": {id: string}, "change-dropped": {id: string},
 *   "change-made": {id: string, seq: number},
 *   "change-refused": {id: string, code: string, retry_after?: number},
 * }} PageEvents   `seen`: key of the last message in sight; `upTo`: what was asked for ended there; `start`: no older
 *   messages are kept; `subject`, null: none any more, or the reply that an edit interrupted
 *
 * @typedef {{[T in keyof WireEvents]: {type: T} & WireEvents[T]}[keyof WireEvents]} WireEvent   as it is received
 * @typedef {EventOf<Extract<keyof PageEvents, `${string}-${string}`>>} PageEvent
 * @typedef {EventOf<keyof WireEvents> | PageEvent} ChatEvent   as the state and its listeners get it
 * @typedef {ChatEvent["type"]} EventType
 * @typedef {{[T in EventType]: (state: State, event: EventOf<T> & Timed) => State}} Handlers
 * @typedef {{at: number, now?: number}} Timed   when an event came: ms since the page was opened, and by this machine's
 *   clock (as `Date.now()`)
 *
 * @typedef {"older" | "newer"} Side   an end of the timeline
 *
 * A row of the list:
 * @typedef {{kind: "message", key: string, seq?: number, id?: string, from: {id?: string, name: string},
 *            text: string, pictures?: Picture[], time: string,
 *            outside?: boolean, hook?: boolean, base?: MessageItem, pending?: Change[],
 *            mine?: string[], run?: number} & Changed} MessageItem   `base`: as the server has it, without the changes
 *   that are pending; `mine`: see `reacted`; `run`: so many deleted messages in a row are one line, the last one's
 * @typedef {{kind: "greeting", key: string, text: string}} GreetingItem   «Вы подключились к чату!»
 * @typedef {{kind: "presence", key: string, changes: PresenceChange[]}} PresenceItem
 * @typedef {{what: "joined" | "left" | "renamed", person: Person, was?: string}} PresenceChange
 * @typedef {{kind: "gap", key: string}} GapItem   messages that the page doesn't have; nobody knows how many,
 *   as changes take numbers, too
 * @typedef {{kind: "lost", key: string, cleared?: boolean}} LostItem   the server has lost the history, or a
 *   moderator has cleared it
 * @typedef {{kind: "rules", key: string, rules: Rules, before: Rules}} RulesItem   they have changed
 * @typedef {MessageItem | GreetingItem | PresenceItem | GapItem | LostItem | RulesItem} Item
 *
 * @typedef {{key: string, items: Item[]}} Chunk   up to 12 items, drawn and dropped together
 * @typedef {object} Timeline   the part of the room that is in the page
 * @property {Chunk[]} chunks   oldest first
 * @property {boolean} atHead   it ends with the room's newest message
 * @property {number} [upTo]    it has everything up to this seq, where that isn't the last message's
 * @property {boolean} start    it begins with the oldest message that the server keeps
 *
 * @typedef {object} Post   a message of the person's own that isn't in the room yet
 * @property {string} id
 * @property {string} text
 * @property {string} time     RFC 3339
 * @property {"uploading" | "waiting" | "sending" | "sent" | "failed"} status   uploading: waits for its pictures; sent:
 *   acknowledged
 * @property {string} [tried]  when it was first sent (RFC 3339), and may have reached the server
 * @property {string} [code]    of the error, if it failed
 * @property {Reply & {epoch?: string}} [reply]   the message that it replies to
 * @property {Attachment[]} [pictures]
 *
 * @typedef {object} Attachment   a picture of the draft, or of a post
 * @property {string} key     the page's own name for it
 * @property {number} [width]   in px, when it is known
 * @property {number} [height]
 * @property {string} [id]    that the server has given it
 * @property {string} [receipt]   of the upload, with which it can be posted
 * @property {string} [code]   why it can't be uploaded
 *
 * @typedef {object} Change   of a message, which is shown already and isn't known to be made yet
 * @property {string} id
 * @property {"edit" | "delete" | "react"} kind
 * @property {number} seq     of the message
 * @property {string | undefined} epoch   that this seq belongs to
 * @property {string} [text]  after an edit
 * @property {string} [emoji]   a reaction
 * @property {boolean} [on]   false: it is taken back
 * @property {string} time    RFC 3339
 * @property {"waiting" | "sending" | "made"} status
 * @property {number} [upTo]   made: the page has it when it has read up to this seq
 *
 * @typedef {{what: "reply" | "edit", seq: number, from: Person, back?: Subject}} Subject   the message that
 *   the person answers or edits; `back`: the reply that is gone on with after the edit
 *
 * @typedef {"idle" | "connecting" | "joining" | "online" | "waiting" | "offline" | "stopped" | "removed" |
 *           "expired"} Phase
 *   idle: no name yet; joining: until `welcome`; waiting: until `retryAt`; offline: the device has no network;
 *   stopped: by the server, as nobody wrote; removed: by a moderator; expired: the embedding site's token
 * @typedef {object} ConnectionState   times in ms since the page was opened, 0: never
 * @property {Phase} phase
 * @property {number} since   start of the phase, or of the time without a connection
 * @property {number} retryAt
 * @property {boolean} joinedBefore   `welcome` has come at least once
 * @property {number} backAt   end of the last loss that was long enough to be mentioned
 * @property {Obstacle} obstacle
 * @typedef {"" | "stopped" | "off" | "unavailable" | "proxy"} Obstacle   what is known to prevent joining
 *   stopped: by the server, as nobody wrote; off: it can't be reached since; unavailable: it can't let anybody
 *   in at the moment; proxy: it answers, but no WebSocket gets through to it
 *
 * @typedef {{code: string, suggestion?: string, scope?: string, until: number}} Refusal   `scope`: "room"
 *   where a password is the room's; `until` (ms since the page was opened), Infinity: nobody knows, or for
 *   good
 *
 * @typedef {"loading" | "failed" | "idle"} Loading
 *
 * @typedef {object} Unread
 * @property {string | null} mark   key of the message below the line
 * @property {number} count   of unread messages, in the page or not: at most so many
 * @property {number} above   those of them that are older than the oldest message in the page
 * @property {number | null} after   the seq before the first unread message, where some may be older than the page
 *
 * @typedef {object} State
 * @property {string} room
 * @property {Person | null} me
 * @property {ConnectionState} connection
 * @property {Position | null} position   of the newest message or change that the page has got
 * @property {number} head   the newest seq of the room
 * @property {Limits} limits
 * @property {Timeline} timeline
 * @property {Record<Side, Loading>} history   whether messages are being loaded at either end of the timeline
 * @property {Post[]} posts   in the order of writing
 * @property {Attachment[]} attached   pictures of the draft
 * @property {Change[]} changes   in the order of making
 * @property {number} changesLost   how many were given up, since their message was of a log that is lost
 * @property {Record<number, string[]>} reacted   the person's own reactions, by seq, as far as this browser
 *   has seen them made: the server lists only the first people
 * @property {Subject | null} subject   what the field is about
 * @property {WireMessage[]} forms   the newest that were received as changes: an answer that was on its way
 *   may have older ones
 * @property {Record<number, MessageItem | null>} quoted   messages that others reply to, outside the
 *   timeline; null: not kept
 * @property {{count: number, people: Person[]}} online   of a crowd, `people` is the first part
 * @property {{ids: string[], until: number}} returning   who was online before a loss and isn't yet again; after
 *   `until` (ms since the page was opened) they count as gone
 * @property {boolean} crowd   more people changed than the server listed: the list must be requested again
 * @property {{people: (Person & {at: number})[], at: number, wrote: {id: string, at: number}[]}} typing
 *   `at`: when that was heard; `wrote`: the last writers
 * @property {number} read   the seq that this person has read to, in whichever tab; 0: unknown
 * @property {Position | null} readElsewhere   how far another tab has read, perhaps further than this one has got
 * @property {number} countedAfter   messages up to this seq don't count as unread, even if they weren't read: they were
 *   here before the person was, or the person has written below them
 * @property {Unread} unread
 * @property {number[]} gone   seqs of messages that were unread, and don't count since they were deleted
 * @property {boolean} watching   the person looks at the end of the list
 * @property {Position | null} resyncAt   the `position` after which a number was missing last: the page comes back with
 *   it, and takes it that the number is missing for good if that brings nothing
 * @property {number} activeAt   when somebody last wrote or joined (ms)
 * @property {number} idleAt   when the server will stop (ms), 0: it won't
 * @property {boolean} degraded   the server can't reach Redis
 * @property {{posted: string, openedAt: number | null}} serverClock   `posted`: id of the post that was last
 *   sent for the first time on this connection; `openedAt`: the server's time (ms) when the page was opened,
 *   null: not known
 * @property {{until: number, code: string}} pause   no posts are sent until then (ms)
 * @property {string} role   "moderator", or ""
 * @property {Rules} rules   of the room
 * @property {Hold} hold   what keeps the person from posting, besides the rules themselves
 * @property {Refusal | null} refusal   why the person may not join
 * @property {boolean} renewed   the server has a newer page
 * @property {boolean} isLinkRefused   the last welcome gave no role for the moderator's link
 * @property {number} counter   for keys of rows without a seq
 */

/**
 * @template {keyof (WireEvents & PageEvents)} T
 * @typedef {{[Each in T]: {type: Each} & (WireEvents & Additions & PageEvents)[Each]}[T]} EventOf   of several types: a
 *   union
 */

export {};
