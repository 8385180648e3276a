"""Is each peer still reachable? One timer for all sockets, instead of a task for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from ..errors import CloseCode
from .websocket import WebSocket

TICK = 1.0
PARTS = 5  # each socket is looked at every PARTS ticks, so that not all are pinged in one moment
PING_AFTER = 20.0  # s of silence; well under the 60 s after which proxies cut
PING_TIMEOUT = 40.0  # s of silence after which a peer is gone: noticed within 45 s
HELLO_TIMEOUT = 10.0
RETRY_TIMEOUT = 120.0  # s for those who said hello and were refused: a person is thinking about another name


class Heartbeat:
    """Pings the silent, and cuts the dead and those who never say hello.

    `hello_timeout` gives the seconds after its handshake in which a socket must have said hello (inf: it has).
    """

    def __init__(
        self,
        sockets: Callable[[], Iterable[WebSocket]],
        hello_timeout: Callable[[WebSocket], float],
        clock: Callable[[], float],
    ) -> None:
        self._sockets = sockets
        self._hello_timeout = hello_timeout
        self._clock = clock
        self._part = 0

    async def run(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self.tick()

    def tick(self) -> None:
        """Look at one part of the sockets."""
        now = self._clock()
        self._part = (self._part + 1) % PARTS
        for socket in [one for one in self._sockets() if id(one) // 64 % PARTS == self._part]:
            self.look(socket, now)

    def look(self, socket: WebSocket, now: float) -> None:
        silence = now - socket.last_heard
        if silence > PING_TIMEOUT:
            socket.close(CloseCode.HEARTBEAT_LOST, "pong timeout")
            socket.abort()
        elif now - socket.opened > self._hello_timeout(socket):
            socket.close(CloseCode.HELLO_TIMEOUT, "hello timeout")
        elif silence > PING_AFTER and now - socket.pinged > PING_AFTER:
            socket.ping()
