"""The wire, in types: the only package that knows JSON. docs/protocol.md is its contract.

`commands` come from clients, `events` go to them, `log` is how messages lie in Redis, `signals` is what nodes publish
to each other. An event becomes bytes once; all other code passes bytes on.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from .commands import (
    HISTORY_MAX,
    MESSAGES_MAX,
    PEOPLE_MAX,
    AnyCommand,
    Delete,
    Edit,
    Hello,
    History,
    Messages,
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
from .events import (
    EVENTS,
    NOTICES,
    PONG,
    Ack,
    Amended,
    Done,
    Error,
    Event,
    HistoryPage,
    Limits,
    MessageList,
    Notice,
    Online,
    OnlineChange,
    OutsideFrom,
    OutsideMessage,
    PeoplePage,
    Renamed,
    Renewed,
    Reset,
    TypingNow,
    Welcome,
    encode,
    error_event,
    raw_array,
)
from .log import (
    Change,
    Message,
    MessageBody,
    Reply,
    amended_event,
    event_position,
    is_change,
    is_message,
    likeness,
    read_change,
    read_message,
    read_outside,
    revision,
    split_amended,
)
from .signals import Signal, read_signal

__all__ = [
    "EVENTS",
    "HISTORY_MAX",
    "MESSAGES_MAX",
    "NOTICES",
    "PEOPLE_MAX",
    "PONG",
    "Ack",
    "Amended",
    "AnyCommand",
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
    "Notice",
    "Online",
    "OnlineChange",
    "OutsideFrom",
    "OutsideMessage",
    "People",
    "PeoplePage",
    "Ping",
    "Post",
    "React",
    "Rename",
    "Renamed",
    "Renew",
    "Renewed",
    "Reply",
    "Reset",
    "Resume",
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
    "is_message",
    "likeness",
    "raw_array",
    "read",
    "read_change",
    "read_command",
    "read_message",
    "read_outside",
    "read_signal",
    "revision",
    "split_amended",
]

_Any = TypeVar("_Any")


def read(data: bytes | str, type_: type[_Any]) -> _Any:
    """JSON that the chat itself wrote, as the given type. Raises msgspec.DecodeError."""
    return msgspec.json.decode(data, type=type_)
