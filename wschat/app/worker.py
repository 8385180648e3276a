"""The server's inside when there are several processes: one worker, a node that its supervisor holds by a tie."""

from __future__ import annotations

import asyncio
import signal
import socket

from ..config import Settings
from ..errors import CloseCode
from ..names import warm_up
from ..redis_link import RedisSource
from .node import Node
from .tie import End, Ready, Seen, Tell, Tie

REPORT_EVERY = 0.25  # s between two words about activity


class Worker:
    """Reports to the supervisor, and does what it says."""

    def __init__(self, settings: Settings, source: RedisSource, tie: Tie) -> None:
        self.node = Node(settings, source, self._active, share_port=True)
        self._tie = tie
        self._was_active = False
        self._people = 0

    async def run(self) -> None:
        """Serve until the supervisor says so or is gone. Raises StartError."""
        await self.node.start()
        self._tie.say(Ready())
        asyncio.get_running_loop().call_soon(warm_up)
        self.node.spawn(self._obey())
        self.node.spawn(self._report())
        await self.node.until_end()
        self._tie.close()

    def _active(self) -> None:
        self._was_active = True

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY)
            people = self.node.session_count()
            if self._was_active or people != self._people:
                self._tie.say(Seen(people, self._was_active))
                self._people, self._was_active = people, False

    async def _obey(self) -> None:
        while True:
            order: Tell | End | None = await self._tie.hear(Tell | End)
            if isinstance(order, Tell):
                self.node.tell_all(order.notice)
                continue
            if order is None:
                order = End(CloseCode.RESTARTING, 0.0)
            self.node.end(CloseCode(order.code), order.spread)
            return


async def serve(settings: Settings, source: RedisSource, end: int) -> None:
    """Run a worker; `end` is the file descriptor of its end of the tie. Raises StartError."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the supervisor decides
    tie = await Tie.of(socket.socket(fileno=end))
    await Worker(settings, source, tie).run()
