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
from tornado.web import Application

from ..rate_limit import UNLIMITED, Rate, TokenBuckets

SPARE = 64  # file descriptors: for Redis, for files, and for connections that are about to be rejected
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
    """Counts the WebSockets of one node, in `total` and by `limit_key`: an address, or "" for one without limits."""

    def __init__(self, limits: AdmissionLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self.total = 0
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._buckets = TokenBuckets(limits.rate)

    def refuses(self, limit_key: str) -> str | None:
        """Why one more socket can't be let in, or None."""
        if self.total >= self.limits.sockets:
            return "too many connections"
        if limit_key and self._open[limit_key] >= self.limits.per_address:
            return "too many connections from one address"
        if limit_key and self._buckets.take(limit_key, self._clock()):
            return "too many new connections from one address"
        return None

    def enter(self, limit_key: str) -> None:
        self.total += 1
        self._open[limit_key] += 1

    def leave(self, limit_key: str) -> None:
        self.total -= 1
        self._open[limit_key] -= 1
        if not self._open[limit_key]:
            del self._open[limit_key]


class LimitedServer(HTTPServer):
    """An HTTP server that holds no more connections than it may, in all and from one peer.

    `fast_path` may take a new connection for itself, and says whether it did; `limit_key` gives the peer as limits
    count it, "" for one without limits; `admission` counts the connections that have become WebSockets.
    """

    def initialize(  # type: ignore[override]  # Tornado passes on what the constructor gets: nobody else calls it
        self,
        application: Application,
        *,
        fast_path: Callable[[IOStream, str], bool],
        limit_key: Callable[[str], str],
        admission: AdmissionControl,
        **options: Any,
    ) -> None:
        super().initialize(application, **options)
        self._fast_path = fast_path
        self._limit_key = limit_key
        self._admission = admission
        self._capacity = connection_capacity()
        self._requests: Counter[str] = Counter()
        self._total = 0

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        peer = _host(address)
        limit_key = self._limit_key(peer)
        if self._is_full(limit_key):
            stream.close()
        elif not self._fast_path(stream, peer):
            self._total += 1
            self._requests[limit_key] += 1
            super().handle_stream(stream, address)

    def _is_full(self, limit_key: str) -> bool:
        if self._total >= REQUESTS_MOST or self._total + self._admission.total >= self._capacity:
            return True
        return bool(limit_key) and self._requests[limit_key] >= self._admission.limits.per_address

    def on_close(self, server_conn: object) -> None:
        """Also called when a connection has become a WebSocket."""
        super().on_close(server_conn)
        assert isinstance(server_conn, HTTP1ServerConnection)
        limit_key = self._limit_key(_host(getattr(server_conn.context, "address", None)))
        self._total -= 1
        self._requests[limit_key] -= 1
        if not self._requests[limit_key]:
            del self._requests[limit_key]


def _host(address: Any) -> str:
    """Any: what a socket calls its peer depends on its family. A Unix socket's has no address."""
    return str(address[0]) if isinstance(address, tuple) else ""
