"""The wire, in types: the only package that knows JSON. docs/protocol.md is its contract.

`commands` come from clients, `events` go to them, `log` is how messages lie in Redis, `signals` is what nodes publish
to each other. An event becomes bytes once; all other code passes bytes on.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from .commands import (
    HISTORY_MAX,
    PEOPLE_MAX,
    AnyCommand,
    Hello,
    History,
    People,
    Ping,
    Post,
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
    Error,
    Event,
    HistoryPage,
    Limits,
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
from .log import MessageBody, is_message, message_position, read_outside
from .signals import Signal, read_signal

__all__ = [
    "EVENTS",
    "HISTORY_MAX",
    "NOTICES",
    "PEOPLE_MAX",
    "PONG",
    "Ack",
    "AnyCommand",
    "Error",
    "Event",
    "Hello",
    "History",
    "HistoryPage",
    "Limits",
    "MessageBody",
    "Notice",
    "Online",
    "OnlineChange",
    "OutsideFrom",
    "OutsideMessage",
    "People",
    "PeoplePage",
    "Ping",
    "Post",
    "Rename",
    "Renamed",
    "Renew",
    "Renewed",
    "Reset",
    "Resume",
    "Signal",
    "Stay",
    "Typing",
    "TypingNow",
    "Welcome",
    "encode",
    "error_event",
    "is_message",
    "message_position",
    "raw_array",
    "read",
    "read_command",
    "read_outside",
    "read_signal",
]

_Any = TypeVar("_Any")


def read(data: bytes | str, type_: type[_Any]) -> _Any:
    """JSON that the chat itself wrote, as the given type. Raises msgspec.DecodeError."""
    return msgspec.json.decode(data, type=type_)
