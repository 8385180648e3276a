"""Writing the same bytes to many clients: the loop for which the program exists.

With io_uring one system call writes to many sockets (docs/decisions/0027). Where there is none, each costs a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed import HasFileno

    from .io_uring import Ring

BATCH_MAX = 64  # members that are written to together
RING_MIN = 8  # with fewer members to write to, a ring is slower
DATA_MAX = 4 << 10  # bytes that go to each of them through a ring: more would keep the processor from others too long

logger = logging.getLogger(__name__)


class Member(Protocol):
    """The interface of a connected client to the fan-out."""

    @property
    def write(self) -> Callable[[bytes], int]:
        """The fastest way to send: a function that takes as many bytes as it can at once and returns their number, or
        raises OSError.
        """

    @property
    def socket(self) -> HasFileno:
        """The socket whose `send` is `write`, NoSocket if it is another function."""

    def send(self, data: bytes, /) -> None:
        """Send whole frames, or the rest of one. Never blocks and never raises."""

    def abort(self) -> None:
        """End the connection now; its room is told in a later turn of the loop. Never raises."""


class NoSocket:
    """In the place of a socket: like one that is closed, it has no descriptor."""

    @staticmethod
    def fileno() -> int:
        return -1


class FanOut:
    """Writes to the members of all rooms of a node. Opens a ring for the first RING_MIN."""

    def __init__(self) -> None:
        self.round_ended = -inf  # when the last round over a room's members ended, in s of time.monotonic
        self._ring: Ring | None = None
        self._tried_ring = False

    def write(self, data: bytes, members: Sequence[Member]) -> None:
        """Write whole frames to at most BATCH_MAX members."""
        results = self._send_together(data, members)
        if results is None:
            _write_each(data, members)
        elif results.count(len(data)) != len(members):
            for member, result in zip(members, results, strict=True):
                if result != len(data):
                    member.send(data[max(result, 0) :])

    def close(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None

    # -- within --------------------------------------------------------------------------

    def _send_together(self, data: bytes, members: Sequence[Member]) -> list[int] | None:
        """The result for each member, as in `Ring.send`; None if nothing was sent, since no ring fits them."""
        if len(members) < RING_MIN or len(data) > DATA_MAX:
            return None
        if not self._tried_ring:
            self._tried_ring = True
            self._ring = _open_ring()
        if self._ring is None:
            return None
        sockets = [member.socket.fileno() for member in members]
        if len(sockets) - sockets.count(-1) < RING_MIN:  # TLS, for one
            return None
        try:
            return self._ring.send(data, sockets)
        except OSError as error:
            logger.debug("No more io_uring: %s", error)
            self.close()
            return None


def _open_ring() -> Ring | None:
    try:
        from .io_uring import Ring  # with ctypes, when a room first has several people

        return Ring(BATCH_MAX, DATA_MAX)
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
