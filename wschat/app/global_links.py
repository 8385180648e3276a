"""Watches the generation of links for all rooms: such a link is valid as long as Redis has its generation."""

from __future__ import annotations

import logging

from ..concurrency import Group, repeat
from ..config import Settings
from ..errors import RedisRejected, RedisUnavailable
from ..moderation import CHANGED, GlobalLinkGeneration
from ..redis_link import RedisLink
from ..room import Room, Rooms
from ..session import ModerationServices
from .node_channel import NodeChannel

logger = logging.getLogger(__name__)

READ_EVERY = 2.0  # s between two reads of the generation in Redis


class GlobalLinkWatcher:
    """Keeps the generation up to date, and takes the role from sessions whose link was revoked."""

    def __init__(self, link: RedisLink, channel: NodeChannel, rooms: Rooms, settings: Settings) -> None:
        self._generation = GlobalLinkGeneration(link)
        self._rooms = rooms
        self._told = ""  # the generation that the rooms know: any session may read a newer one first
        self._tasks = Group()
        self.services = ModerationServices(global_links=self._generation, bars_addresses=settings.bar_addresses == "on")
        channel.listen(self._on_signal)

    async def start(self) -> None:
        """Read the generation, and begin to watch it. If this Redis user may not read it, no global link is valid.

        Raises RedisUnavailable.
        """
        try:
            self._told = await self._generation.read()
        except RedisRejected as problem:
            logger.warning("Links for all rooms aren't valid: %s", problem)
        self._tasks.spawn(repeat(self._check, READ_EVERY))

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _check(self) -> None:
        try:
            now = await self._generation.read()
        except RedisUnavailable:  # the next time, then
            return
        if now != self._told:
            heard = [_tell(room, now) for room in self._rooms]
            if all(heard):  # otherwise the next check tells all rooms again
                self._told = now

    def _on_signal(self, data: bytes) -> None:
        if data == CHANGED:
            self._tasks.spawn(self._check())


def _tell(room: Room, generation: str) -> bool:
    """Tell a room the generation; return whether it was handled: a bug in one room mustn't affect the others."""
    try:
        room.moderation.revoke(generation)
    except Exception:
        logger.exception("Could not revoke links", extra={"room": room.name})
        return False
    return True
