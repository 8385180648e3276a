"""How many may be connected: in all, from one address, and how quickly from one address."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

from ..rate_limit import UNLIMITED, Rate, TokenBuckets

SPARE = 64  # file descriptors: for Redis, for files, and for those who are to be turned away
FILES_MOST = 1 << 20  # where the system knows no limit
REQUESTS_MOST = 5000  # connections that aren't WebSockets (yet), in all: each lives for some seconds


@dataclass(frozen=True)
class AdmissionLimits:
    """Of one server process. `per_address` and `rate` count IPv6 by /64."""

    sockets: int = 20_000
    per_address: int = 500
    rate: Rate = UNLIMITED


def connection_capacity() -> int:
    """How many connections this process may have, after it has taken all that the system lets it.

    A process that runs out of file descriptors can't even accept in order to close, and spins.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_MOST if hard == resource.RLIM_INFINITY else hard
    if soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):
            most = soft
    return max(1, most - SPARE)


class AdmissionControl:
    """Counts the WebSockets of one node. `address` is as limits count it, "" for one without limits."""

    def __init__(self, limits: AdmissionLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._open: Counter[str] = Counter()
        self.total = 0
        self._buckets = TokenBuckets(limits.rate)

    def refuses(self, address: str) -> str | None:
        """Why one more socket can't be let in, or None."""
        if self.total >= self._limits.sockets:
            return "too many connections"
        if address and self._open[address] >= self._limits.per_address:
            return "too many connections from one address"
        if address and self._buckets.take(address, self._clock()):
            return "too many new connections from one address"
        return None

    def enter(self, address: str) -> None:
        self.total += 1
        self._open[address] += 1

    def leave(self, address: str) -> None:
        self.total -= 1
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


class LimitedServer(HTTPServer):
    """An HTTP server that holds no more connections than it may, in all and from one peer.

    `fast_path` may take a new connection for itself, and says whether it did;
    `limit_key` gives the peer as limits count it, "" for one without a limit of its own; `sockets` says how
    many connections have become WebSockets.
    """

    def initialize(
        self,
        *args: Any,
        fast_path: Callable[[IOStream, str], bool] = lambda stream, peer: False,
        limit_key: Callable[[str], str] = str,
        per_peer: int = REQUESTS_MOST,
        sockets: Callable[[], int] = lambda: 0,
        **kwargs: Any,
    ) -> None:
        super().initialize(*args, **kwargs)
        self._fast_path = fast_path
        self._limit_key = limit_key
        self._per_peer = per_peer
        self._upgraded = sockets
        self._capacity = connection_capacity()
        self._requests: Counter[str] = Counter()
        self._total = 0

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        peer = self._peer(address)
        is_full = self._total >= REQUESTS_MOST or self._total + self._upgraded() >= self._capacity
        if is_full or (peer and self._requests[peer] >= self._per_peer):
            stream.close()
            return
        if self._fast_path(stream, _host(address)):
            return
        self._total += 1
        self._requests[peer] += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """Also called when a connection has become a WebSocket."""
        super().on_close(server_conn)
        assert isinstance(server_conn, HTTP1ServerConnection)
        peer = self._peer(getattr(server_conn.context, "address", None))
        self._total -= 1
        self._requests[peer] -= 1
        if not self._requests[peer]:
            del self._requests[peer]

    def _peer(self, address: Any) -> str:
        host = _host(address)
        return self._limit_key(host) if host else ""


def _host(address: Any) -> str:
    """Any: what a socket calls its peer depends on its family."""
    return str(address[0]) if isinstance(address, tuple) else ""
