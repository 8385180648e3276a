"""Events, which the server sends to clients: docs/protocol.md as types."""

from __future__ import annotations

from enum import Enum

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from ..errors import ErrorCode
from ..model import Person


class Event(Struct, tag_field="type", omit_defaults=True):
    """The base of all events. Fields at their default are left out."""


class Online(Struct):
    """The people in the room: how many, and the first of them by name."""

    count: int
    people: list[Person]


class Limits(Struct):
    """The limits for a client. Rates are per second, bursts at once; a rate of 0 is no limit.

    `pictures`: of a message, 0: the server takes none; `picture_size`: bytes of an upload.
    """

    text: int
    name: int
    history: int
    posts_waiting: int
    edit_window: float
    post_rate: float
    post_burst: int
    frame_rate: float
    frame_burst: int
    pictures: int
    picture_size: int


class Muted(Event, tag="muted", omit_defaults=False):
    """The person may not write for `seconds`; 0: for good, None: they may write again."""

    seconds: float | None


class Rules(Struct, frozen=True):
    """The rules of a room. `slow` is in seconds; `password`: whether there is one."""

    version: int = 0
    slow: int = 0
    read_only: bool = False
    locked: bool = False
    password: bool = False
    topic: str = ""


class RulesNow(Rules, frozen=True, tag_field="type", tag="rules"):
    """The event that tells everyone the rules after a change."""


class Welcome(Event, tag="welcome", omit_defaults=False):
    """The answer to `hello`. `messages` and `online` are already encoded: all who join at the same time share them."""

    room: str
    you: Person
    token: str
    epoch: str
    seq: int
    head: int
    recovered: bool
    lost: bool
    messages: Raw
    online: Raw
    text: str
    limits: Limits
    version: str
    rules: Rules
    role: str | UnsetType = UNSET
    muted: float | UnsetType = UNSET
    cleared: bool | UnsetType = UNSET


class OutsideFrom(Struct):
    name: str


class OutsideMessage(Event, tag="message", omit_defaults=False):
    """A message that another program published: it is in no log and has no number."""

    room: str
    sender: OutsideFrom = msgspec.field(name="from")
    text: str
    time: str
    outside: bool = True


class Ack(Event, tag="ack"):
    id: str
    seq: int


class Amended(Event, tag="amended"):
    """The present form of a message that was changed. Only amend.lua encodes this event."""

    seq: int
    epoch: str
    id: str
    message: Raw


class Bar(Struct):
    """A person is muted or removed (`act`) for `seconds` from now, 0: for good. `time`: since when. An operator may
    give a `reason`.
    """

    person: Person
    act: str
    seconds: int
    by: Person
    time: str
    reason: str | UnsetType = UNSET


class Act(Struct):
    """An act of a moderator, without any text except an operator's `reason`."""

    act: str
    by: Person
    time: str
    person: Person | UnsetType = UNSET
    seconds: int | UnsetType = UNSET
    on: bool | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class Done(Event, tag="done", omit_defaults=False):
    """The requested change is in effect. `seq`: the number of the change, or of the last one if it changed nothing.

    An act of a moderator has no number; `barred` and `acts` are the requested lists, the newest first; `erased` is the
    number of deleted messages, `more`: there are older ones.
    """

    seq: int | UnsetType = UNSET
    ref: str = ""
    barred: list[Bar] | UnsetType = UNSET
    acts: list[Act] | UnsetType = UNSET
    erased: int | UnsetType = UNSET
    more: bool | UnsetType = UNSET


class MessageList(Event, tag="messages", omit_defaults=False):
    messages: Raw
    ref: str = ""


class FoundMessages(Event, tag="found", omit_defaults=False):
    """The messages that a search has found, newest first, numbered in `epoch`. `words`: those in their texts that were
    looked for; `more`: older messages may have all of them, too.
    """

    epoch: str
    messages: Raw
    words: list[str]
    more: bool
    ref: str = ""


class OnlineChange(Event, tag="online"):
    count: int
    joined: list[Person]
    left: list[Person]
    renamed: list[Person]
    more: bool = False


class TypingNow(Event, tag="typing"):
    people: list[Person]


class HistoryPage(Event, tag="history"):
    ref: str
    messages: Raw
    start: bool = False


class PeoplePage(Event, tag="people", omit_defaults=False):
    ref: str
    people: list[Person]
    count: int
    next: int | None


class Renamed(Event, tag="renamed"):
    you: Person
    ref: str = ""


class Renewed(Event, tag="renewed", omit_defaults=False):
    """The answer to `renew`. `seconds`: how long the person may stay from now."""

    seconds: int
    ref: str = ""


class UploadTicket(Event, tag="upload", omit_defaults=False):
    """Permission for one upload: its `ticket` goes with the picture."""

    ref: str
    ticket: str


class Reset(Event, tag="reset"):
    epoch: str
    seq: int
    messages: Raw
    cleared: bool = False


class Role(Event, tag="role", omit_defaults=False):
    """The session's role from now on."""

    role: str


class NoticeCode(str, Enum):
    """The subject of a notice. Stable: clients have a text for each (docs/protocol.md)."""

    IDLE = "idle"
    ACTIVE = "active"
    DRAINING = "draining"
    DEGRADED = "degraded"
    RESTORED = "restored"
    EXPIRING = "expiring"


class Notice(Event, tag="notice"):
    """A notice about the server, or about the end of the session. `idle` and `expiring` have the seconds left."""

    code: NoticeCode
    seconds: int | UnsetType = UNSET


class Pong(Event, tag="pong"):
    pass


class Error(Event, tag="error"):
    code: ErrorCode
    id: str | UnsetType = UNSET
    ref: str | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET
    limit: float | UnsetType = UNSET
    suggestion: str | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    detail: str = ""


EVENTS = (
    Welcome, OutsideMessage, Ack, Amended, Done, MessageList, FoundMessages, OnlineChange, TypingNow, HistoryPage,
    PeoplePage, Renamed, Renewed, UploadTicket, Reset, RulesNow, Muted, Role, Notice, Pong, Error,
)  # fmt: skip
