"""A visitor's memory of the events that it receives."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec


class Event(msgspec.Struct):
    """As much of any event as most need."""

    type: str
    seq: int = 0
    epoch: str = ""
    id: str = ""
    ref: str = ""
    rev: int = 0
    code: str = ""
    retry_after: float = 1.0
    outside: bool = False


read_event = msgspec.json.Decoder(Event).decode


@dataclass
class Stretch:
    """A stretch of events without a break: from a snapshot on, everything in order."""

    why: str  # "start", "lost" (the log was lost) or "trimmed" (the log doesn't reach back)
    epoch: str
    shown: list[tuple[int, str]] = field(default_factory=list)  # (seq, id) of messages and changes
    base: int = 0  # the position at which it began
    snapshot: list[tuple[int, str]] = field(
        default_factory=list
    )  # the messages that it began with, if changes were among them


class Acked(msgspec.Struct):
    """An acknowledged post: its number, in which life of the log, and when (loop time)."""

    seq: int
    epoch: str
    at: float
