"""Writing the same bytes to many clients: the loop for which the program exists.

With io_uring one system call writes to many sockets (docs/decisions/0027). Where there is none, each costs a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .io_uring import Ring

TOGETHER_MAX = 64  # members that are written to together
ENOUGH = 8  # members for whom a ring is faster
DATA_MAX = 256 << 10  # bytes that go to each of them through a ring: for more, a system call counts for little

logger = logging.getLogger(__name__)


class Member(Protocol):
    """The interface of a connected client to the fan-out."""

    @property
    def write(self) -> Callable[[bytes], int]:
        """The fastest way to send: a function that takes as many bytes as it can at once and returns their number, or
        raises OSError.
        """

    @property
    def fileno(self) -> Callable[[], int]:
        """A function that returns the descriptor of the socket to which `write` would send, and -1 if there is none:
        something else must happen to the bytes.
        """

    def send(self, data: bytes, /) -> None:
        """Send whole frames, or the rest of one. Never blocks and never raises."""


class FanOut:
    """Writes to members. It opens its ring when there are first enough of them."""

    def __init__(self) -> None:
        self._ring: Ring | None = None
        self._has_looked = False  # for a ring

    def write(self, data: bytes, members: Sequence[Member]) -> None:
        """Write whole frames to at most TOGETHER_MAX members."""
        if len(members) >= ENOUGH and not self._has_looked:
            self._ring, self._has_looked = _open_ring(), True
        if self._ring is None or len(members) < ENOUGH or len(data) > DATA_MAX:
            _write_each(data, members)
            return
        results = self._ring.send(data, [member.fileno() for member in members])
        if results.count(len(data)) != len(members):
            for member, result in zip(members, results, strict=True):
                if result != len(data):
                    member.send(data[max(result, 0) :])

    def close(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None


def _open_ring() -> Ring | None:
    try:
        from .io_uring import Ring  # with ctypes, when a room first has several people

        return Ring(TOGETHER_MAX, DATA_MAX)
    except (ImportError, MemoryError, OSError) as error:  # ctypes may need memory that can be written and executed
        logger.debug("No io_uring: %s", error)
        return None


def _write_each(data: bytes, members: Sequence[Member]) -> None:
    """Write to each member, with little Python between the system calls."""
    size = len(data)
    for member in members:
        write = member.write  # a separate step: in `member.write(data)`, Python would first look for a method
        try:
            sent = write(data)
        except OSError:
            sent = 0
        if sent != size:
            member.send(data[sent:])
