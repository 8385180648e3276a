# The page's words. People's names come isolated from the direction of the text around them.

app = Chat
page-missing = No such page
page-missing-hint = There may be a typo in the address.
day-today = Today
day-yesterday = Yesterday

## Header
online = Online: { $count }
open-people = Show who’s online ({ $count })
offline-now = Not connected
share = Share a link
switch-language = Переключить на русский
theme-next = { $theme ->
    [light] Switch to the light theme
    [dark] Switch to the dark theme
   *[auto] Use the system’s theme
}
settings = Settings

## Status strip
status-connecting = Connecting…
status-lost = Connection lost. Reconnecting…
status-lost-in = Connection lost. Reconnecting in { $seconds } s…
status-now = Reconnect now
status-offline = You’re offline. Messages will be sent once you’re back
status-back = Back online
status-degraded = Messages aren’t being delivered right now. Trying again…
status-idle = The chat will stop soon: no one has written for a while
status-idle-in = The chat will stop in { $seconds } s: no one has written for a while
status-stay = Keep it running
status-stopped = The chat has stopped: nobody wrote for { $minutes ->
    [0] too long
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
status-stopped-plain = The chat has stopped: nobody wrote for a while.
status-connect = Connect
status-off = The chat is switched off. Start it again: this page will connect by itself
status-check = Check
status-proxy = The server answers, but no WebSocket reaches it. Usually a proxy is in the way: it has to pass on the headers Upgrade and Host
status-unavailable = The server can’t open the room right now. Trying again…
status-unavailable-in = The server can’t open the room right now. Trying again in { $seconds } s
status-renewed = A new version is available
status-reload = Reload the page
status-fast = You’re sending too fast
status-fast-in = You’re sending too fast. Wait { $seconds } s
status-busy = The server is busy
status-busy-in = The server is busy. Sending in { $seconds } s
status-removed = You were removed from the chat
status-expired = Your invitation has expired

## List
list-label = Messages
greeting = You are connected to the chat!
empty = Say hello!
empty-alone = No one is here but you
empty-quiet = Nothing has been written here yet
invite = Invite others
new-messages = New messages
unread-above = { $count } more unread above
not-found = Message not found
to-end = Jump to latest
to-new = { $count } new
history-loading = Loading…
history-failed = Couldn’t load
history-start = This is the start of the chat
again = Retry
gap = { $n ->
    [one] { $count } message not shown
   *[other] { $count } messages not shown
}
gap-load = Show
lost = Earlier messages weren’t kept on the server
outside = bot
unfold = Show all
fold = Show less
post-waiting = Waiting to be sent
post-failed = Not sent: the server didn’t accept the message
post-text_empty = Not sent: nothing in the message is visible
post-text_too_long = Not sent: the message is too long
post-text_invalid = Not sent: the message contains characters that aren’t allowed
post-retry = Retry
post-discard = Delete
post-old = Unknown if it arrived
post-edit = Your edit wasn’t saved
post-anew = Send as a new message
joined = { $names } joined
left = { $names } left
joined-one = { $names } joined
left-one = { $names } left
renamed = { $was } is now { $names }
and-more = { $names } and { $count } more
typing = { $n ->
    [one] { $names } is typing…
   *[other] { $names } are typing…
}
typing-many = Several people are typing…
announce = { $name }: { $text }
announce-many = { $n ->
    [one] { $count } new message
   *[other] { $count } new messages
}
announce-reply = { $name } replied ({ $to }): { $text }
announce-reply-me = { $name } replied to you: { $text }
announce-edited = Message edited: { $text }
announce-deleted = { $name } deleted a message
announce-deleted-own = Your message was deleted
edited = edited
saving = saving…
deleted = Message deleted
deleting = Deleting message…
quote-of = In reply to:
quote-go = Go to the message
quote-lost = Message wasn’t kept
reactions-label = Reactions: { $all }

## Field
field-label = Message
field-placeholder = Message
send = Send
over-limit = { $n ->
    [one] { $count } character over the limit
   *[other] { $count } characters over the limit
}
field-required = Fill in this field
field-pattern = Only letters, digits, “-” and “_”, up to 64
no-files = Files can’t be sent
left-to-limit = { $count } left
mentions-label = Who to mention
replying = Replying to { $name }
editing = Editing message
compose-leave = Cancel
save = Save

## People
people-title = Online
people-title-count = Online: { $count }
people-were = Were online
people-find = Search people
people-find-label = Search people
people-more = Show more
people-none = No one found
people-you = you
people-failed = The list didn’t load
close = Close

## Joining
join-title = What’s your name?
join-title-password = Password needed
join-title-name = Choose another name
join-room = Room “{ $room }”
join-hint = Everyone in the chat sees your name. No sign-up needed.
join-name = Name
join-password = The chat’s password
join-enter = Join
refused-name_taken = “{ $name }” is taken. Here’s a free one.
refused-name_reserved = “{ $name }” is reserved. Choose another name.
refused-name_invalid = Use up to { $limit } characters, no invisible ones.
refused-room_invalid = Room names: letters, digits, “-”, “_”, up to 64.
refused-password_required = This chat needs a password. Ask the person who invited you.
refused-password_wrong = Wrong password.
refused-token_invalid = The invitation is not valid or out of date.
refused-removed = If that was a mistake, rejoin.
refused-no_answer = No answer. Try again.
refused-other = That didn’t work. Try again.
to-main-room = Go to the main room
come-back = Rejoin

## Settings
set-name = Name
set-rename = Change
set-renamed = You’re now { $name }
set-language = Language
set-theme = Theme
set-theme-auto = System
set-theme-light = Light
set-theme-dark = Dark
set-text = Text size
set-text-small = Small
set-text-normal = Normal
set-text-large = Large
set-text-huge = Very large
set-sound = Sound for new messages
set-desktop = Notifications
set-desktop-insecure = Browsers allow notifications only on https and localhost.
set-desktop-missing = This browser can’t show notifications.
set-desktop-denied = Notifications are blocked in the browser’s settings.
set-presence = Join and leave messages
set-presence-show = All
set-presence-condense = Condensed
set-presence-hide = Hidden
set-keys = Keyboard shortcuts

## Link to the room
share-title = Link to this room
share-address = Address
share-copy = Copy
share-copied = Copied
share-failed = Couldn’t copy. The address is selected: press Ctrl+C
share-pass = Share…
share-local = { $host } opens on this computer only. To let others in, start the chat with --host 0.0.0.0 and give them this computer’s address on the network.
share-other = Another room
share-other-hint = Type a name to open a room. Anyone with the address can join.
share-go = Go

## Keys
keys-title = Keyboard shortcuts
keys-send = Send
keys-break = New line
keys-edit-last = Edit your last message
keys-up = Go to the messages
keys-move = Previous, next message
keys-ends = First, last message
keys-enter = Links and buttons in a message
keys-escape = Close; jump to latest
keys-mention = Mention a person
keys-help = This help
keys-bold = Bold
keys-italic = Italic
keys-menu = Message actions
keys-copy = Copy the message
keys-reply = Reply
keys-react = Add a reaction
keys-edit = Edit, delete your message
keys-rooms = Go to another room

## What can be done with a message
message-actions = Message actions
action-reply = Reply
action-react = Add reaction
action-edit = Edit
action-who = Who reacted
action-delete = Delete
action-mention = Mention
action-copy-text = Copy text
action-copy-link = Copy link
copy-code = Copy code
copied-text = Text copied
copied-link = Link copied
copied-code = Code copied
copy-failed = Couldn’t copy
delete-title = Delete message?
delete-hint = It will disappear for everyone. This can’t be undone.
delete-now = Delete
delete-keep = Keep
reactions-title = Reactions
people-count = { $n ->
    [one] { $count } person
   *[other] { $count } people
}
change-not_yours = This isn’t your message, so you can’t change it
change-too_late = Too late to edit: the message is too old
change-gone = This message is gone
change-lost = Change not saved: the server lost its history, and the message is gone
change-too_many = The message already has { $n ->
    [one] { $limit } kind of reaction
   *[other] { $limit } kinds of reactions
}, no more can be added
change-bad_field = You can’t react with that
change-text_empty = Edit not saved: nothing in the message is visible
change-text_too_long = Edit not saved: the message is too long
change-text_invalid = Edit not saved: the message contains characters that aren’t allowed
change-other = That didn’t work: the server didn’t accept the change

## Emoji
emoji-title = Emoji
emoji-find = Search emoji
emoji-none = No emoji found
emoji-failed = Couldn’t load the emoji.
emoji-found = { $count } emoji found
emoji-recent = Recent
emoji-group-0 = Smileys
emoji-group-1 = People and gestures
emoji-group-2 = Animals and nature
emoji-group-3 = Food and drink
emoji-group-4 = Travel and places
emoji-group-5 = Celebrations and sports
emoji-group-6 = Objects
emoji-group-7 = Symbols
emoji-group-8 = Flags

## Rooms
rooms-title = Rooms
rooms-find = Room name
rooms-invalid = Room names: letters, digits, “-”, “_”, up to 64.
room-main = Main room
room-here = you’re here
room-open = Open the room “{ $room }”
room-unread = { $n ->
    [one] unread message
   *[other] unread messages
}

## The offer of notifications
offer-notices = Show notifications when someone writes and the chat is out of sight?
offer-yes = Show them
offer-no = No, thanks
offer-done = Notifications are on
