# The page's words. People's names come isolated from the direction of the text around them.

app = Chat
day-today = Today
day-yesterday = Yesterday

## Header
online = Online: { $count }
open-people = { $n ->
    [one] { $count } person online: show
   *[other] { $count } people online: show
}
offline-now = Not connected
share = Share a link
switch-language = Language of the page: English. Переключить на русский
theme-now = { $theme ->
    [light] Theme: light
    [dark] Theme: dark
   *[auto] Theme: like the system
}
settings = Settings

## Status strip
status-connecting = Connecting…
status-lost = Connection lost. Reconnecting…
status-lost-in = Connection lost. Reconnecting in { $seconds } s…
status-now = Now
status-offline = No network. Messages will go out when it is back.
status-back = Back online
status-degraded = Messages aren’t being delivered right now. Trying again…
status-idle = The chat is about to stop: nobody has written for a while
status-idle-in = The chat stops in { $seconds } s: nobody has written for a while
status-stay = Stay
status-stopped = The chat has stopped: nobody wrote for { $minutes ->
    [0] too long
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
status-stopped-plain = The chat has stopped: nobody wrote for a while.
status-connect = Connect
status-renewed = The chat was updated
status-reload = Reload the page
status-fast = Too fast
status-fast-in = Too fast. You can write in { $seconds } s
status-busy = The server is busy
status-busy-in = The server is busy. Sending in { $seconds } s
status-removed = You were removed from the chat
status-expired = Your invitation has ended

## List
list-label = Messages
greeting = You are connected to the chat!
empty = It’s quiet here. Be the first to write!
new-messages = New messages
to-end = To the end
to-new = { $count } new
history-loading = Loading…
history-failed = Couldn’t load
history-start = This is the start of the chat
again = Retry
gap = { $n ->
    [one] { $count } message was skipped
   *[other] { $count } messages were skipped
}
gap-load = Load
lost = Earlier messages weren’t kept on the server
you = You
outside = from outside
link-to-message = Link to the message, { $time }
unfold = Show all
fold = Show less
post-waiting = Waiting to be sent
post-failed = Not sent
post-retry = Retry
post-discard = Delete
post-old = Unknown if it arrived
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

## Field
field-label = Message
field-placeholder = Message…
send = Send
over-limit = Too long by { $count }
left-to-limit = { $count } left
mentions-label = Who to mention

## People
people-title = Online
people-title-count = Online — { $count }
people-find = Find…
people-find-label = Find a person
people-more = Show more
people-none = Nobody found
people-you = you
people-failed = The list didn’t load
close = Close

## Joining
join-title = What’s your name?
join-hint = Everyone in the chat sees it. No password, no mail.
join-name = Name
join-password = The chat’s password
join-enter = Join
join-suggest = Free: { $name }
refused-name_taken = That name is taken: somebody in the chat uses it.
refused-name_invalid = That name won’t do: up to { $limit } characters, not empty, no control characters.
refused-room_invalid = There can’t be such a room: letters, digits, “-” and “_” only, up to 64.
refused-password_required = You need a password to come in.
refused-password_wrong = That isn’t the password.
refused-token_invalid = The invitation is not valid or out of date.
refused-removed = You were removed from the chat. You can come back if that was a mistake.
refused-no_answer = No answer. Try again.
refused-other = That didn’t work. Try again.
to-main-room = To the main room
come-back = Come back

## Settings
set-name = Name
set-rename = Save
set-renamed = You are { $name } now
set-language = Language
set-theme = Theme
set-theme-auto = Like the system
set-theme-light = Light
set-theme-dark = Dark
set-text = Text size
set-text-small = Small
set-text-normal = Normal
set-text-large = Large
set-text-huge = Very large
set-sound = Sound of a new message
set-desktop = Desktop notices
set-desktop-insecure = Browsers allow them only over https and on this computer.
set-desktop-missing = This browser can’t show them.
set-desktop-denied = Denied in the browser’s settings.
set-presence = Who joins and leaves
set-presence-show = Show
set-presence-condense = Condense
set-presence-hide = Hide
set-keys = Keys

## Link to the room
share-title = Link to this room
share-address = Address
share-copy = Copy
share-copied = Copied
share-failed = The address is selected: copy it yourself
share-other = Another room
share-other-hint = Every address has a room: name it and it’s yours.
share-go = Go

## Keys
keys-title = Keys
keys-send = Send
keys-break = New line
keys-up = Go to the messages
keys-move = Between messages
keys-ends = To the first and the last
keys-enter = Into a message
keys-escape = Close, leave, then to the end
keys-mention = Mention a person
keys-help = This list
