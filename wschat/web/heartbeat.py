"""Detects peers that are no longer reachable, with one timer for all sockets instead of a task for each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Protocol

from ..errors import CloseCode
from .websocket import WebSocket

TICK_EVERY = 1.0  # s
PARTS = 5  # of the sockets; each tick checks one, so that not all sockets are pinged at the same moment
PING_AFTER = 20.0  # s of silence; well under the 60 s after which proxies close a connection
PING_TIMEOUT = 40.0  # s of silence after which a peer is gone: noticed within PING_TIMEOUT + PARTS * TICK_EVERY
PONG_TIMEOUT = PING_TIMEOUT - PING_AFTER - PARTS * TICK_EVERY  # s that the peer has had to answer by then, at least
FROZEN = 3 * TICK_EVERY  # between two ticks: this node was frozen itself, and has yet to read what came meanwhile
HELLO_TIMEOUT = 10.0  # s from the handshake to a hello
RETRY_TIMEOUT = 120.0  # s for clients whose hello was refused: a person is thinking of another name


class Greeter(Protocol):
    """A socket's session, as far as the heartbeat needs it."""

    @property
    def said_hello(self) -> bool: ...

    @property
    def refused_at(self) -> float | None:
        """When a `hello` was refused, in s of time.monotonic; None if none was, or a later one wasn't (so far)."""


class Heartbeat:
    """Pings silent sockets, drops dead ones, and closes sockets without a `hello`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_tick = clock()
        self._since_freeze = 2 * PARTS  # ticks; there was none yet
        self._parts: list[dict[WebSocket, Greeter]] = [{} for _ in range(PARTS)]
        self._next_to_fill = cycle(self._parts)
        self._next_to_check = cycle(self._parts)

    def add(self, socket: WebSocket, session: Greeter) -> None:
        """Watch a socket, in the part whose turn it is."""
        next(self._next_to_fill)[socket] = session

    def remove(self, socket: WebSocket) -> None:
        for part in self._parts:
            if part.pop(socket, None) is not None:
                return

    def tick(self) -> None:
        """Check one part of the sockets. To be called every TICK_EVERY seconds.

        The round over all parts after a freeze closes no socket. The next one does, however late the ticks are: a loop
        that always lags would keep dead sockets for ever, just when it needs their places. Only a freeze longer than
        any such lag begins a round again.
        """
        now = self._clock()
        gap = now - self._last_tick
        if gap > PONG_TIMEOUT or (gap > FROZEN and self._since_freeze >= 2 * PARTS):
            self._since_freeze = 0
        self._last_tick = now
        closes = self._since_freeze >= PARTS
        self._since_freeze += 1
        for socket, session in list(next(self._next_to_check).items()):
            if not closes or not _close_if_late(socket, session, now):
                _ping_if_silent(socket, now)


def _close_if_late(socket: WebSocket, session: Greeter, now: float) -> bool:
    # A node that was frozen itself hasn't pinged its peers meanwhile, so it doesn't blame them when it wakes.
    was_asked = socket.pinged > socket.last_heard and now - socket.pinged >= PONG_TIMEOUT
    if now - socket.last_heard > PING_TIMEOUT and was_asked:
        socket.close(CloseCode.HEARTBEAT_LOST, "pong timeout")
        socket.abort()
    elif now > _hello_end(socket, session):
        socket.close(CloseCode.HELLO_TIMEOUT, "hello timeout")
    else:
        return False
    return True


def _ping_if_silent(socket: WebSocket, now: float) -> None:
    if now - socket.last_heard > PING_AFTER and now - socket.pinged > PING_AFTER:
        socket.ping()


def _hello_end(socket: WebSocket, session: Greeter) -> float:
    if session.said_hello:
        return float("inf")
    refused_at = session.refused_at
    return socket.opened + HELLO_TIMEOUT if refused_at is None else refused_at + RETRY_TIMEOUT
