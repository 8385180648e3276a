"""Compares the logs and rules of all rooms with Redis every other second.

A subscription can stop receiving without a sign; comparing numbers shows it. The same poll tells whether bytes of
deleted messages are still to be purged, which any node does beside it, and whether old messages are to be forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ..concurrency import Group, background_rank, repeat
from ..errors import RedisUnavailable
from ..redis_link import Call, RedisLink, whole
from .erasing.retention import LAST
from .feed import Feed

POLL_EVERY = 2.0  # s between two polls

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


class RoomPoller:
    """Fetches the newest number and the version of the rules of every open room, all in one round trip."""

    def __init__(self, link: RedisLink, rooms: Callable[[], Iterable[PolledRoom]]) -> None:
        self._link = link
        self._rooms = rooms
        self._tasks = Group()
        self._purging: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._tasks.spawn(repeat(self._try_to_poll, POLL_EVERY))

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _try_to_poll(self) -> None:
        try:
            await self._poll()
        except RedisUnavailable as problem:
            logger.debug("Could not poll the logs: %s", problem)

    async def _poll(self) -> None:
        rooms = [room for room in self._rooms() if room.feed.is_loaded and not room.feed.is_syncing]
        if not rooms:
            return
        delivered = [room.feed.log.seq for room in rooms]
        calls = [Call.command("HMGET", room.feed.keys.meta, "epoch", "seq", "purge", "from", "rules") for room in rooms]
        deleted: list[Feed] = []
        for room, seq, reply in zip(rooms, delivered, await self._link.pipeline(calls), strict=True):
            try:
                if _apply_poll(room, seq, reply.result()):
                    deleted.append(room.feed)
            except RedisUnavailable as problem:  # this room, at the next poll
                logger.debug("Could not poll a log: %s", problem)
            except Exception:  # a bug: the other rooms mustn't go deaf because of it
                logger.exception("Could not compare a room with Redis", extra={"room": room.feed.room})
        if deleted and (self._purging is None or self._purging.done()):
            self._purging = self._tasks.spawn(_purge(deleted))  # many calls if a log is long: the next poll can't wait


async def _purge(feeds: list[Feed]) -> None:
    """Purge the deleted messages of these rooms, one after the other, with calls that come after all others."""
    background_rank.set(LAST)
    for feed in feeds:
        try:
            await feed.log.purge()
        except RedisUnavailable as problem:  # after the next poll, then
            logger.debug("Could not purge deleted messages: %s", problem, extra={"room": feed.room})
        except Exception:  # a bug: the other rooms are purged all the same
            logger.exception("Could not purge deleted messages", extra={"room": feed.room})


def _apply_poll(room: PolledRoom, delivered: int, values: list[Any]) -> bool:
    """Tell this node's copies of the rules and the log what Redis has; return whether deleted bytes are to be purged.

    `values`: fields of the room's meta (bytes, or None), read after this node had delivered up to `delivered`.
    """
    epoch, seq, purge, kept_from, version = values
    feed = room.feed
    room.rules.on_polled(whole(version) or 0)
    feed.on_polled(epoch or b"", whole(seq) or 0, delivered)
    oldest = whole(kept_from)
    # What is on its way may be older than this poll, and have what is to be forgotten: that is for the next one, then.
    is_current = epoch == feed.log.epoch.encode() and feed.log.seq >= (whole(seq) or 0) and not feed.is_syncing
    if oldest is not None and is_current:
        feed.forget_before(oldest)
    return purge is not None
