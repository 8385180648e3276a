# The page's words. People's names come isolated from the direction of the text around them. Between a number and its unit
# stands a no-break space (U+00A0).

app = Chat
description = Group chat: pick a name and start writing.
noscript = The chat needs JavaScript. Turn it on and reload the page.
page-missing = No such page
page-missing-hint = There may be a typo in the address.
day-today = Today
day-yesterday = Yesterday
tomorrow-at = tomorrow at { $clock }

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
load-failed = Couldn’t load. Check your connection

## Status strip
status-connecting = Connecting…
status-lost = Connection lost. Reconnecting…
status-lost-in = Connection lost. Reconnecting in { $seconds } s
status-now = Reconnect now
status-offline = You’re offline. Messages will be sent once you’re back
status-back = Back online
status-degraded = Messages aren’t being delivered right now. Trying again…
status-idle = The chat will stop soon: no one has written for a while
status-idle-in = The chat will stop in { $seconds } s: no one has written for a while
status-stay = Keep it running
status-stopped = The chat has stopped: no one has written for { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}
status-stopped-plain = The chat has stopped: no one has written for a while
status-connect = Connect
status-off = The chat is switched off. Start it again: this page will connect by itself
status-check = Check
status-proxy = The server answers, but no WebSocket reaches it. Usually a proxy is in the way: it has to pass on the headers Upgrade and Host
status-unavailable = The server can’t open the room right now. Trying again…
status-unavailable-in = The server can’t open the room right now. Trying again in { $seconds } s
status-renewed = A new version is available
status-reload = Reload the page
status-fast = You’re sending too fast
status-fast-in = You’re sending too fast. Wait { $seconds } s
status-busy = The server is busy
status-busy-in = The server is busy. Sending in { $seconds } s
status-expired = Your invitation has expired

## List
list-label = Messages
greeting = You are connected to the chat!
empty = Say hello!
empty-alone = No one else is here yet
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
gap = Some messages aren’t shown
gap-load = Show
lost = Earlier messages are gone
lost-cleared = A moderator cleared the room
outside = bot
unfold = Show all
fold = Show less
post-waiting = Waiting to be sent
post-uploading = Uploading pictures…
post-failed = Not sent: the server didn’t accept the message
post-text_empty = Not sent: the message has no visible characters
post-text_too_long = Not sent: the message is too long
post-text_invalid = Not sent: the message contains characters that aren’t allowed
post-pictures = Not sent: a picture couldn’t be uploaded
post-picture_invalid = Not sent: add the picture again
post-retry = Retry
post-correct = Edit
edit-first = First save or cancel the edit you’ve begun
post-discard = Delete
post-old = It’s unclear whether this arrived
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
announce-reply = { $name } replied to { $to }: { $text }
announce-reply-me = { $name } replied to you: { $text }
announce-edited = Message edited: { $text }
announce-deleted = Message by { $name } deleted
announce-deleted-own = Your message was deleted
announce-deleted-moderated = A moderator deleted your message
edited = edited
saving = saving…
deleted = Message deleted
deleted-moderated = Message deleted by a moderator
deleted-run = { $count } messages deleted by a moderator
deleting = Deleting message…
quote-of = In reply to:
quote-go = Go to the message
quote-lost = This message is gone
reactions-label = Reactions: { $all }

pictures = { $n ->
    [1] Picture
   *[other] { $n } pictures
}
picture-of = { $n ->
    [1] Picture by { $name }
   *[other] Picture { $at } of { $n } by { $name }
}
picture-gone = This picture is gone
picture-still = Moving picture. Open it to watch
picture-at = { $at } of { $n }
picture-back = Previous picture
picture-on = Next picture
picture-zoom = Zoom
picture-open = Open in a new tab
picture-save = Download

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

picture-add = Add a picture
picture-added = { $n ->
    [1] Picture added
   *[other] { $n } pictures added
}
picture-drop = Drop to add the picture
picture-uploading = Uploading
picture-remove = { $n ->
    [1] Remove picture
   *[other] Remove picture { $at } of { $n }
}
picture-first = First remove the picture that couldn’t be uploaded, or retry
picture-many = { $n ->
    [one] Only { $n } picture fits in a message
   *[other] Only { $n } pictures fit in a message
}
picture-picture_none = Only pictures can be sent, such as JPEG, PNG, GIF, WebP
picture-picture_invalid = This picture can’t be read
picture-too_large = The picture is too large
picture-no_space = The server has no space left
picture-not_allowed = Pictures can’t be sent right now
picture-lost = Add this picture again
picture-failed = Couldn’t upload

## People
people-title = Online
people-title-count = Online: { $count }
people-were = Were online
people-find = Search people
people-more = Show more
people-none = No one found
people-you = you
people-failed = The list didn’t load
close = Close

## Joining
join-title = What’s your name?
join-title-password = Password needed
join-title-room = This room can’t be opened
join-title-name = Choose another name
join-room = Room “{ $room }”
join-hint = Everyone in the chat will see your name. No account needed.
join-name = Name
join-password = Chat password
join-password-room = Room password
join-enter = Join
join-early = Checking the password in { $seconds } s…
join-early-said = Checking the password shortly
refused-name_taken = “{ $name }” is taken. Here’s a free one.
refused-name_reserved = “{ $name }” is reserved.
refused-name_invalid = Use up to { $limit } characters, no invisible ones.
refused-room_unknown = There is no such room here.
refused-room_invalid = Room names: letters, digits, “-”, “_”, up to 64.
refused-password_required = You need a password to join. Ask the person who invited you.
refused-link = The moderator’s link isn’t valid. You can join with the room password.
refused-password_wrong = Wrong password.
refused-password_wrong-in = Wrong password. Try again in { $seconds } s.
refused-token_invalid = This invitation is invalid or has expired.
refused-removed = If that was a mistake, rejoin.
refused-name_vouched = The site that you came from sets your name.
refused-muted = You can’t change your name while you’re muted.
refused-rate_limited = Too many attempts. Wait a moment and try again.
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
set-presence-show = Show
set-presence-condense = Condense
set-presence-hide = Hide
set-renamed-later = Your name will change once you’re back online

## Link to the room
share-title = Link to this room
share-address = Address
share-copy = Copy
share-copied = Copied
share-failed = Couldn’t copy. The address is selected: press { $key }+C
share-pass = Share…
share-local = { $host } opens on this computer only. To let others in, start the chat with { $option } and give them this computer’s address on the network.
share-other = Another room
share-other-hint = Type a name to open a room. Anyone with the address can join.
share-go = Go

## Keys
keys-title = Keyboard shortcuts
keys-in-field = In the field
keys-in-empty-field = In the empty field
keys-on-message = On a message
keys-anywhere = Anywhere
keys-send = Send
keys-break = New line
keys-edit-last = Edit your last message
keys-up = Go to the messages
keys-move = Previous, next
keys-ends = First, last
keys-enter = Go to its links and buttons
keys-escape = Close; jump to latest
keys-mention = Mention a person
keys-help = This help
keys-bold = Bold
keys-italic = Italic
keys-menu = Open the menu
keys-copy = Copy
keys-reply = Reply
keys-react = Add a reaction
keys-edit = Edit, delete your own
keys-rooms = Go to another room
keys-search = Search messages

## What can be done with a message
message-actions = Message actions
action-reply = Reply
action-react = Add reaction
action-edit = Edit
action-who = Who reacted
action-delete = Delete message…
action-mute = Mute…
action-let-in = Let them write
action-let-back = Let back in
action-erase = Delete their messages…
action-remove = Remove from the room…
action-mention = Mention
action-open-picture = Open picture
action-save-picture = Download
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
change-muted = That didn’t work: a moderator has muted you
change-read_only = That didn’t work: only moderators can write now
change-slow = That didn’t work: slow mode is on
change-gone = This message is gone
change-lost = Change not saved: the server lost its history, and the message is gone
change-too_many = The message already has { $n ->
    [one] { $limit } kind of reaction
   *[other] { $limit } kinds of reactions
}, so no more can be added
change-bad_field = You can’t react with that
change-text_empty = Edit not saved: the message has no visible characters
change-text_too_long = Edit not saved: the message is too long
change-text_invalid = Edit not saved: the message contains characters that aren’t allowed
change-other = That didn’t work: the server didn’t accept the change

## Emoji
emoji-title = Emoji
emoji-find = Search emoji
emoji-none = No emoji found
emoji-failed = Couldn’t load the emoji
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
rooms-find = Find or open a room
room-main = Main room
room-here = you’re here
room-open = Open the room “{ $room }”
rooms-search = Search messages for “{ $text }”
room-unread = { $n ->
    [one] unread message
   *[other] unread messages
}

## Search
search-title = Search messages
search-placeholder = Words from a message
search-results = Messages found
search-hint = Searches the messages this room still keeps. Any form of a word will do.
search-asking = Searching…
search-found = Found: { $count }
search-many = Found more than { $count }, newest first
search-none = Nothing found. Try fewer words, or only the beginning of a word
search-offline = No connection. Search will work once it’s back
search-busy = The server is busy. We’ll search again shortly
search-rate_limited = Too many searches in a row. We’ll search again shortly
search-unavailable = The server can’t search right now. We’ll try again shortly
search-no_answer = No answer. Press Enter to try again
search-unknown_command = This server can’t search
search-failed = That didn’t work. Try again

## The offer of notifications
offer-notices = Show notifications when someone writes and the chat is out of sight?
offer-yes = Show them
offer-no = No, thanks
offer-done = Notifications are on
offer-dismissed = Notifications are off. You can turn them on in the settings

## Rules of the room: what everyone is told
moderator = moderator
rule-slow = { $on ->
    [true] Slow mode: one message { $value }
   *[false] Slow mode is off
}
rule-read_only = { $on ->
    [true] Only moderators can write
   *[false] Everyone can write again
}
rule-locked = { $on ->
    [true] The room is closed to newcomers
   *[false] The room is open to everyone again
}
rule-password = { $on ->
    [true] You need the room password to join
   *[false] You no longer need a password to join
}
rule-topic = { $on ->
    [true] Topic: { $value }
   *[false] The room no longer has a topic
}
topic-title = Topic
topic-rules = Room rules
topic-change = Change

## The field while writing isn’t possible
hold-over-muted = You can write again
hold-over-slow = You can write now
hold-muted = A moderator has muted you
hold-muted-in = A moderator has muted you. { $left } left
hold-muted-until = A moderator has muted you until { $when }
hold-read_only = Only moderators can write
hold-slow = Slow mode: please wait
hold-slow-in = Wait { $left }

## Kept out
out-removed = You were removed from the room
out-title-barred = You can’t enter this room
out-title-locked = The room is closed to newcomers
out-until = { $whom ->
    [true] A moderator has banned you until { $when }.
   *[false] A moderator has banned you or your network until { $when }.
}
out-left = You’ll be let in automatically in { $left }.
out-left-long = You’ll be let in automatically when the time is over.
out-for-good = { $whom ->
    [true] A moderator has banned you. Only a moderator can let you in again.
   *[false] A moderator has banned you or your network. Only a moderator can let you in again.
}
out-for-good-retry = If a moderator does, you’ll be let in automatically.
out-locked = A moderator isn’t letting anyone new in right now.
out-locked-retry = You’ll be let in automatically once the room is open.
out-retry = Try again
out-still = Still closed.

## Moderation: the moderator’s panel
moderation = Moderation
moderation-link-refused = The moderator’s link is no longer valid
moderation-done = Done
moderation-erasing = Deleting messages…
moderation-off = Off
moderation-topic = Topic
moderation-topic-none = No topic
moderation-slow = Slow mode
moderation-read_only = Only moderators can write
moderation-read_only-hint = Everyone else can read.
moderation-lock = Close to newcomers
moderation-lock-hint = People in the room stay and can come back. No one gets in under a new name from a private window.
moderation-password = Room password
moderation-password-none = No password
moderation-password-set = A password is set
moderation-password-off = Remove the password
moderation-password-hint = Everyone who joins is asked for it. People already in the room stay.
moderation-barred = Muted and removed
moderation-barred-none = No one
moderation-let-in = Lift
moderation-let-in-name = Lift mutes and bans: { $name }
moderation-let-in-done = Mutes and bans lifted: { $name }
moderation-acts = Latest actions
moderation-acts-none = Nothing has been done yet
moderation-failed = Couldn’t load
moderation-clear = Clear the room…
clear-title = Clear the room?
clear-hint = All messages will disappear for everyone. This can’t be undone.
clear-now = Clear
moderation-error-not_allowed = That didn’t work: you aren’t allowed to
moderation-error-gone = That didn’t work: this person or message is no longer here
moderation-error-rate_limited = Too many actions at once. Wait a moment
moderation-error-too_many = There are already { $limit } mutes and bans, the most there can be: lift one first
moderation-error-no_answer = No answer. Try again
moderation-error-other = That didn’t work. Try again
barred-mute = muted until { $when }
barred-mute-good = muted for good
barred-remove = removed until { $when }
barred-remove-good = removed for good
act-mute = { $name } muted { $term }
act-remove = { $name } removed { $term }
act-let_in = Mutes and bans lifted: { $name }
act-slow = { $on ->
    [true] Slow mode: { $time }
   *[false] Slow mode off
}
act-read_only = { $on ->
    [true] Only moderators can write
   *[false] Everyone can write
}
act-lock = { $on ->
    [true] Room closed to newcomers
   *[false] Room opened to everyone
}
act-password = { $on ->
    [true] Room password set
   *[false] Room password removed
}
act-topic = { $on ->
    [true] Topic changed
   *[false] Topic removed
}
act-clear = Room cleared
act-delete = Message by { $name } deleted
act-erase = { $all ->
    [true] All messages by { $name } deleted
   *[false] Messages by { $name } from the { $term } deleted
}
act-erase-part = { $count } messages by { $name } deleted. Older ones remain: delete again

## Muting and removing
person-actions = Actions: { $name }
person-actions-title = Actions
barring-mute = Mute
barring-remove = Remove from the room
barring-erase = Delete their messages
barring-term = For how long
barring-span = How far back
barring-mute-hint = They can still read, and delete their own messages.
barring-erase-hint = The messages will disappear for everyone. This can’t be undone.
barring-erase-too = Also delete their messages from the last hour
barring-private = Otherwise they can come back under a new name from a private window.
barring-lock = Close the room to newcomers
barring-back = Back
barring-good-title-mute = Mute for good?
barring-good-hint-mute = They can write again only if a moderator lifts the mute.
barring-good-now-mute = Mute
barring-good-title-remove = Remove for good?
barring-good-hint-remove = They can come back only if a moderator lifts the ban.
barring-good-now-remove = Remove
barring-good-title-erase = Delete all messages?
barring-good-hint-erase = All messages by this author in the room will disappear, up to the latest { $limit } at a time. This can’t be undone.
barring-good-now-erase = Delete
every-60 = every minute
every-3600 = every hour
every-other = every { $time }
term-600 = for 10 minutes
term-3600 = for 1 hour
term-86400 = for 24 hours
term-0 = for good
term-other = for { $time }
span-3600 = last hour
span-86400 = last 24 hours
span-0 = all
span-other = last { $time }
to-new-me = some for you
