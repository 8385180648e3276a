"""Compares the logs with Redis every other second: a subscription can go deaf without a sign, a number can't.

On the way it sees whether messages were deleted whose bytes are still to be purged: any node does that; and whether
old ones are to be forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

from ..errors import RedisUnavailable
from ..redis_link import Call, RedisLink
from ..tasks import Group, repeat
from .feed import Feed

POLL = 2.0  # s between two looks at the newest numbers

logger = logging.getLogger(__name__)


class PolledRules(Protocol):
    """A node's copy of a room's rules."""

    def on_polled(self, version: int, /) -> None: ...


class PolledRoom(Protocol):
    """A room whose log and rules are compared with Redis."""

    @property
    def feed(self) -> Feed: ...

    @property
    def rules(self) -> PolledRules: ...


class LogPoller:
    """Asks for the newest number of every open room, and for the version of its rules, all in one round trip."""

    def __init__(self, link: RedisLink, rooms: Callable[[], Iterable[PolledRoom]]) -> None:
        self._link = link
        self._rooms = rooms
        self._tasks = Group()

    def start(self) -> None:
        self._tasks.spawn(repeat(self._try_to_poll, POLL))

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _try_to_poll(self) -> None:
        try:
            await self._poll()
        except RedisUnavailable as problem:
            logger.debug("Could not poll the logs: %s", problem)

    async def _poll(self) -> None:
        rooms = [room for room in self._rooms() if room.feed.is_open and not room.feed.is_syncing]
        if not rooms:
            return
        seen = [room.feed.log.seq for room in rooms]
        calls = [Call.command("HMGET", room.feed.keys.meta, "epoch", "seq", "purge", "from", "rules") for room in rooms]
        deleted: list[Feed] = []
        for room, before, reply in zip(rooms, seen, await self._link.pipeline(calls), strict=True):
            with suppress(RedisUnavailable):  # this room, at the next poll
                epoch, seq, purge, kept_from, version = reply.result()
                feed = room.feed
                room.rules.on_polled(int(version) if version and version.isdigit() else 0)
                feed.on_polled(epoch or b"", int(seq) if seq and seq.isdigit() else 0, before)
                if kept_from and kept_from.isdigit() and epoch == feed.log.epoch.encode():
                    feed.forget_before(int(kept_from))
                if purge is not None:
                    deleted.append(feed)
        for feed in deleted:
            with suppress(RedisUnavailable):  # at the next poll
                await feed.log.purge()
