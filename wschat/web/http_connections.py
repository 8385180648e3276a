"""The connections that aren't WebSockets (yet): their number, and the phase of each, with its time limit."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto

from msgspec import Struct

from .streams import Closable, has_unread, reset


class Phase(Enum):
    """The phase of a connection: before its first request, during a large body, during an answer, between requests."""

    REQUEST = auto()
    BODY = auto()
    ANSWER = auto()
    IDLE = auto()


TIMEOUTS = {
    Phase.REQUEST: 10.0,  # s from the connection to the end of the first request's headers, with the TLS handshake
    Phase.BODY: 10.0,  # s from the headers to the end of a large body, besides those that its bytes have earned
    Phase.ANSWER: 20.0,  # s from the end of a request's headers until the client has taken the whole answer
    Phase.IDLE: 75.0,  # s from one request to the next: longer than the 60 s after which proxies close a connection
}


class Connection(Struct, eq=False):
    """A connection. `limit_key`: of its peer, or of the client behind a proxy that sent the last request. `since`: when
    the phase began. `extra`: s that it may last longer.
    """

    limit_key: str
    since: float
    phase: Phase = Phase.REQUEST
    extra: float = 0.0


class HttpConnections:
    """The connections of each address, the one that has been quiet for longest first. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._all: dict[Closable, Connection] = {}
        self._by_address: dict[str, OrderedDict[Closable, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def count(self, limit_key: str) -> int:
        """The number of connections of this address."""
        return len(self._by_address.get(limit_key, ()))

    def add(self, stream: Closable, limit_key: str) -> None:
        self._all[stream] = Connection(limit_key, self._clock())
        self._by_address.setdefault(limit_key, OrderedDict())[stream] = None

    def request(self, stream: Closable, limit_key: str) -> None:
        """Record that a request's headers have come, and count its connection for the address of `limit_key`."""
        connection = self._all.get(stream)
        if connection is not None:
            connection.since, connection.phase, connection.extra = self._clock(), Phase.ANSWER, 0.0
            self._forget_address(stream, connection)
            connection.limit_key = limit_key
            self._by_address.setdefault(limit_key, OrderedDict())[stream] = None

    def begin(self, stream: Closable, phase: Phase) -> None:
        """Begin another phase of the last request."""
        connection = self._all.get(stream)
        if connection is not None:
            connection.since, connection.phase, connection.extra = self._clock(), phase, 0.0

    def extend(self, stream: Closable, seconds: float) -> None:
        """Let the phase last so many seconds longer, for a large body or answer."""
        connection = self._all.get(stream)
        if connection is not None:
            connection.extra += seconds

    def remove(self, stream: Closable) -> None:
        """Forget a connection that is closed, or has become a WebSocket."""
        connection = self._all.pop(stream, None)
        if connection is not None:
            self._forget_address(stream, connection)

    def drop_oldest(self, limit_key: str | None = None) -> bool:
        """Close the connection of this address (None: of the one with the most) that has been quiet for longest.

        False: there is none at all.
        """
        if not self._all:
            return False
        if limit_key is None:
            limit_key = max(self._by_address, key=self.count)
        self._drop(next(iter(self._by_address[limit_key])))
        return True

    def close(self) -> None:
        """Close all connections."""
        while self.drop_oldest():
            pass

    def sweep(self) -> None:
        """Close the connections whose time is over. To be called every second or so."""
        now = self._clock()
        for stream, connection in list(self._all.items()):
            if now - connection.since <= TIMEOUTS[connection.phase] + connection.extra:
                continue
            if connection.phase is Phase.ANSWER and not stream.closed() and not has_unread(stream):
                connection.phase, connection.extra = Phase.IDLE, 0.0
            else:
                self._drop(stream)

    def _forget_address(self, stream: Closable, connection: Connection) -> None:
        streams = self._by_address[connection.limit_key]
        del streams[stream]
        if not streams:
            del self._by_address[connection.limit_key]

    def _drop(self, stream: Closable) -> None:
        self.remove(stream)
        reset(stream)
