"""The wire format as types: the only package that knows JSON, except for separate files (a backup, the server's log).
docs/protocol.md is its contract.

`commands` come from clients, `events` go to them, `log_entries` are messages as stored in Redis, `signals` go
between nodes. `encoding` turns an event into bytes once; all other code passes bytes on.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from .commands import (
    BAR_MAX,
    HISTORY_MAX,
    MESSAGES_MAX,
    PASSWORD_MAX,
    PEOPLE_MAX,
    SLOW_MAX,
    ActName,
    AnyCommand,
    Delete,
    Edit,
    Hello,
    History,
    Messages,
    Moderate,
    People,
    Ping,
    Post,
    React,
    Rename,
    Renew,
    Resume,
    Stay,
    Typing,
    read_command,
)
from .encoding import PONG, encode, error_event, raw_array
from .events import (
    EVENTS,
    Ack,
    Act,
    Amended,
    Bar,
    Done,
    Error,
    Event,
    HistoryPage,
    Limits,
    MessageList,
    Muted,
    Notice,
    NoticeCode,
    Online,
    OnlineChange,
    OutsideFrom,
    OutsideMessage,
    PeoplePage,
    Renamed,
    Renewed,
    Reset,
    Role,
    Rules,
    RulesNow,
    TypingNow,
    Welcome,
)
from .log_entries import (
    Change,
    Message,
    MessageBody,
    Reaction,
    Reply,
    amended_event,
    event_position,
    is_change,
    is_deleted,
    is_message,
    likeness,
    read_change,
    read_message,
    read_outside,
    revision,
    split_amended,
)
from .signals import RULES_CHANGED, RULES_SIGNAL, RulesSignal, Signal, read_rules_signal, read_signal

__all__ = [
    "BAR_MAX",
    "EVENTS",
    "HISTORY_MAX",
    "MESSAGES_MAX",
    "PASSWORD_MAX",
    "PEOPLE_MAX",
    "PONG",
    "RULES_CHANGED",
    "RULES_SIGNAL",
    "SLOW_MAX",
    "Ack",
    "Act",
    "ActName",
    "Amended",
    "AnyCommand",
    "Bar",
    "Change",
    "Delete",
    "Done",
    "Edit",
    "Error",
    "Event",
    "Hello",
    "History",
    "HistoryPage",
    "Limits",
    "Message",
    "MessageBody",
    "MessageList",
    "Messages",
    "Moderate",
    "Muted",
    "Notice",
    "NoticeCode",
    "Online",
    "OnlineChange",
    "OutsideFrom",
    "OutsideMessage",
    "People",
    "PeoplePage",
    "Ping",
    "Post",
    "React",
    "Reaction",
    "Rename",
    "Renamed",
    "Renew",
    "Renewed",
    "Reply",
    "Reset",
    "Resume",
    "Role",
    "Rules",
    "RulesNow",
    "RulesSignal",
    "Signal",
    "Stay",
    "Typing",
    "TypingNow",
    "Welcome",
    "amended_event",
    "encode",
    "error_event",
    "event_position",
    "is_change",
    "is_deleted",
    "is_message",
    "likeness",
    "raw_array",
    "read",
    "read_change",
    "read_command",
    "read_message",
    "read_outside",
    "read_rules_signal",
    "read_signal",
    "read_string",
    "revision",
    "split_amended",
]

_Any = TypeVar("_Any")


def read(data: bytes | str, type_: type[_Any]) -> _Any:
    """Read JSON that the chat itself wrote, as the given type. Raises msgspec.DecodeError."""
    return msgspec.json.decode(data, type=type_)


def read_string(escaped: bytes) -> str:
    """The text of a JSON string, from the bytes between its quotes, which a script has cut out.

    Raises msgspec.DecodeError, UnicodeDecodeError.
    """
    return read(b'"%s"' % escaped, str)
