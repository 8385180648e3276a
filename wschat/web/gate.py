"""How many may be connected: in all, from one address, and how quickly from one address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

from ..clocks import NO_PACE, Pace, RateLimits

REQUESTS_MOST = 5000  # connections that aren't WebSockets (yet), in all: each lives for some seconds


@dataclass(frozen=True)
class GateLimits:
    """Of one server process. `per_address` and `pace` count IPv6 by /64."""

    sockets: int = 20_000
    per_address: int = 500
    pace: Pace = NO_PACE


class Gate:
    """Counts the WebSockets of one node. `address` is as limits count it, "" for one without limits."""

    def __init__(self, limits: GateLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._open: Counter[str] = Counter()
        self._total = 0
        self._paces = RateLimits(limits.pace)

    def refuses(self, address: str) -> str | None:
        """Why one more socket can't be let in, or None."""
        if self._total >= self._limits.sockets:
            return "too many connections"
        if address and self._open[address] >= self._limits.per_address:
            return "too many connections from one address"
        if address and self._paces.take(address, self._clock()):
            return "too many new connections from one address"
        return None

    def enter(self, address: str) -> None:
        self._total += 1
        self._open[address] += 1

    def leave(self, address: str) -> None:
        self._total -= 1
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


class GuardedServer(HTTPServer):
    """An HTTP server that doesn't hold more connections than it was told, in all and from one peer.

    `counted` gives the peer as limits count it, "" for one without a limit of its own.
    """

    def initialize(
        self, *args: Any, counted: Callable[[str], str] = str, per_peer: int = REQUESTS_MOST, **kwargs: Any
    ) -> None:
        super().initialize(*args, **kwargs)
        self._counted = counted
        self._per_peer = per_peer
        self._requests: Counter[str] = Counter()
        self._total = 0

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        peer = self._peer(address)
        if self._total >= REQUESTS_MOST or (peer and self._requests[peer] >= self._per_peer):
            stream.close()
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
        return self._counted(str(address[0])) if isinstance(address, tuple) else ""
