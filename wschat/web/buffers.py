"""Memory held for the connections of a node, in bytes: bounded in total and in time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from operator import methodcaller
from typing import Generic, NamedTuple, Protocol, TypeVar

INCOMING_MAX = 64 << 20  # bytes of unfinished messages
INCOMING_SECONDS = 30.0  # s for a whole message; one of a poster takes milliseconds
OUTGOING_MAX = 256 << 20  # bytes that the kernel hasn't taken yet
OUTGOING_SECONDS = 30.0  # s within which a client must take a piece of them


class IncomingHolder(Protocol):
    """A connection that holds part of an incoming message."""

    def drop_unfinished(self) -> None:
        """End the connection: the message that its client began takes too long, or too much memory is held."""


class OutgoingHolder(Protocol):
    """A connection that holds bytes that its client hasn't taken yet."""

    def drop_unread(self) -> None:
        """End the connection: its client reads too slowly, or too much memory is held."""


H = TypeVar("H")


class Buffers(Generic[H]):
    """The connections that hold something, the one without progress for longest first; `drop` ends one of them.

    At most `most` bytes are held in total, and nothing for longer than `seconds` without progress.
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float], drop: Callable[[H], None]) -> None:
        self.total = 0
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._drop = drop
        self._held: OrderedDict[H, tuple[float, int]] = OrderedDict()

    def put(self, holder: H, size: int, *, progress: bool = False) -> None:
        """Record that `holder` holds `size` bytes now. Its time restarts with progress, and ends at 0 bytes."""
        since, before = self._held.get(holder, (self._clock(), 0))
        self.total += size - before
        if not size:
            self._held.pop(holder, None)
            return
        if progress:
            since = self._clock()
            self._held.pop(holder, None)
        self._held[holder] = since, size
        while self.total > self._most:
            self._drop_first()

    def sweep(self) -> None:
        """End the connections whose time is over. To be called every second or so."""
        last = self._clock() - self._seconds
        while self._held and next(iter(self._held.values()))[0] < last:
            self._drop_first()

    def _drop_first(self) -> None:
        holder, (_, size) = self._held.popitem(last=False)
        self.total -= size
        self._drop(holder)


class NodeBuffers(NamedTuple):
    """The buffers of all connections of a node."""

    incoming: Buffers[IncomingHolder]
    outgoing: Buffers[OutgoingHolder]

    @classmethod
    def of(cls, clock: Callable[[], float]) -> NodeBuffers:
        return cls(
            Buffers(INCOMING_MAX, INCOMING_SECONDS, clock, methodcaller("drop_unfinished")),
            Buffers(OUTGOING_MAX, OUTGOING_SECONDS, clock, methodcaller("drop_unread")),
        )

    def sweep(self) -> None:
        """End the connections whose time is over. To be called every second or so."""
        self.incoming.sweep()
        self.outgoing.sweep()
