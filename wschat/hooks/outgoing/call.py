"""One call of an outgoing hook: what is sent, what comes back, and how often it is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple

from msgspec import Raw, Struct

from ...errors import ChatError
from ..body import JSON_TYPE, text_in

ANSWER_MAX = 64 << 10  # bytes, as of what a program sends to a hook
GONE = 410  # the program doesn't want to be called any more

CallOutcome = Literal["done", "failed", "skipped"]
Send = Callable[[str, "dict[str, str]", bytes], Awaitable["CallAnswer"]]
"""Sends a POST (address, headers, body). Raises CallFailed."""


class CallFailed(ChatError):
    """A call wasn't taken; it is repeated. The text is the reason, for the operator."""


class CallAnswer(NamedTuple):
    """The answer to a call."""

    status: int
    content_type: str
    body: bytes

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300

    def reply(self) -> str:
        """The text that the program wants to be posted; "": none. Raises BadBody."""
        kind = self.content_type.partition(";")[0].strip().lower()
        return text_in(self.body, kind) if self.body and JSON_TYPE.fullmatch(kind) else ""


class CalledHook(Struct):
    """The hook in the body of its calls."""

    id: str
    name: str


class CallBody(Struct, tag="message"):
    """The body of a call; the message is as in the protocol."""

    room: str
    hook: CalledHook
    message: Raw


class CallTimes(Struct, frozen=True):
    """The times of calls, in seconds.

    A node that dies is replaced within `lease` and `renewal`. After a failure a call is repeated, first after
    `first_delay`, then after twice as long each time, up to `longest_delay`. If the program has taken nothing for
    several attempts, a message older than `given_up` is skipped. `gathered`: new messages within it are read at once.
    """

    lease: float = 15.0
    renewal: float = 15.0 / 3
    first_delay: float = 1.0
    longest_delay: float = 300.0
    given_up: float = 3 * 3600.0
    gathered: float = 0.05

    def delay(self, failures: int) -> float:
        """The seconds to wait after so many failures in a row."""
        return min(self.longest_delay, self.first_delay * 2.0 ** min(failures - 1, 20))
