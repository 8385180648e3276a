"""The outgoing hooks of a node: one RoomCaller for each room that has any."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from ...concurrency import Group
from ...errors import RETRY_PAUSE, RedisUnavailable
from ...model import random_id
from .hook_caller import CallServices
from .room_caller import RoomCaller

logger = logging.getLogger(__name__)


class OutgoingHooks:
    """Calls the outgoing hooks of all rooms that other nodes don't. The link in `services` is its own: its
    subscriptions are apart from those of people, who never wait for it.
    """

    def __init__(self, services: CallServices) -> None:
        self._services = services
        self._node = random_id()
        self._tasks = Group()
        self._rooms: dict[str, RoomCaller] = {}
        self._up = asyncio.Event()

    @property
    def waiting(self) -> int:
        """The number of hooks whose program hasn't taken a message yet."""
        return sum(room.waiting for room in self._rooms.values())

    def start(self) -> None:
        self._tasks.spawn(self._connect())

    def update(self, rooms: Iterable[str]) -> None:
        """Call the hooks of these rooms, too, and read again those of all."""
        for name in rooms:
            if name not in self._rooms:
                self._rooms[name] = RoomCaller(self._services, name, self._node)
                self._tasks.spawn(self._run(name))
            self._rooms[name].wake()

    async def stop(self) -> None:
        await self._tasks.stop()
        await asyncio.gather(*(room.stop() for room in self._rooms.values()))
        await self._services.link.stop()

    # -- within ------------------------------------------------------------------

    async def _connect(self) -> None:
        while True:
            try:
                await self._services.link.start()
                break
            except RedisUnavailable as problem:
                logger.debug("Could not connect for hooks, will retry: %s", problem)
                await asyncio.sleep(RETRY_PAUSE)
        self._up.set()

    async def _run(self, name: str) -> None:
        await self._up.wait()
        await self._rooms[name].run()
        del self._rooms[name]
