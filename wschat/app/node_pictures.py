"""The pictures of a node: where they are, and when those that have lost their messages are deleted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..concurrency import Group, background_rank
from ..config import Settings
from ..counters import Counters
from ..errors import RedisUnavailable, Refused
from ..model import room_name
from ..protocol import MALFORMED, PICTURES_SIGNAL, PicturesGone, read_pictures_gone
from ..redis_link import SWEPT_KEY, Call, RedisLink, RedisSource
from .node_channel import NodeChannel
from .picture_place import find_picture_place

if TYPE_CHECKING:
    from ..pictures import Pictures, Sweeper

SWEEP_EVERY = 6 * 3600  # s between two sweeps of all pictures, by any of the nodes
CHECK_FIRST = 60.0  # s after the start: a server that nobody uses stops after five minutes
CHECK_EVERY = 600.0
GATHERED = 2.0  # s in which signals about one room lead to one sweep
LAST = float("inf")  # the rank of a sweep among what goes on in the background

logger = logging.getLogger(__name__)


class NodePictures:
    """Opens the pictures when somebody uses them. `place` is where they are, "" if the chat takes none."""

    def __init__(self, link: RedisLink, channel: NodeChannel, counters: Counters) -> None:
        self._link = link
        self._channel = channel
        self._counters = counters
        self._tasks = Group()
        self._opened: Pictures | None = None
        self._erased_at: dict[str, float] = {}  # by room: when messages were erased last, since its last sweep
        self.place = ""

    async def start(self, settings: Settings, source: RedisSource) -> None:
        """Find the place. Raises StartError, RedisUnavailable."""
        self.place = await find_picture_place(settings, source, self._link)
        if self.place:
            self._channel.listen(self._on_signal)
            self._tasks.spawn(self._run())

    async def stop(self) -> None:
        await self._tasks.stop()
        if self._opened is not None:
            await self._opened.stop()

    @property
    def pictures(self) -> Pictures | None:
        """The pictures; None if the chat takes none."""
        if self._opened is None and self.place:
            from ..pictures import Pictures, open_store

            self._opened = Pictures(open_store(self.place), self._counters)
        return self._opened

    async def sweep_if_due(self) -> None:
        """Sweep all pictures unless another node has lately. Raises RedisUnavailable, OSError."""
        if not await self._link.execute(Call.command("SET", SWEPT_KEY, "1", "NX", "EX", SWEEP_EVERY)):
            return
        try:
            await self._sweeper.sweep()
        except BaseException:
            await self._link.execute(Call.command("DEL", SWEPT_KEY))
            raise

    # -- within ------------------------------------------------------------------

    @cached_property
    def _sweeper(self) -> Sweeper:
        from ..pictures import Sweeper

        assert self.pictures is not None
        return Sweeper(self.pictures.store, self._link, time.time)

    async def _run(self) -> None:
        await asyncio.sleep(CHECK_FIRST)
        while True:
            await _last(self.sweep_if_due())
            await asyncio.sleep(CHECK_EVERY)

    def _on_signal(self, data: bytes) -> None:
        if not data.startswith(PICTURES_SIGNAL):
            return
        try:
            gone = read_pictures_gone(data[len(PICTURES_SIGNAL) :])
            room_name(gone.room)
        except (*MALFORMED, Refused):  # of another version, or another program
            return
        if gone.pictures:
            self._tasks.spawn(_last(self._delete(gone)))
        else:
            self._erased_at[gone.room] = time.time()
            self._tasks.spawn(_last(self._sweep(gone.room)))

    async def _delete(self, gone: PicturesGone) -> None:
        assert self.pictures is not None
        await self.pictures.delete(gone.room, gone.pictures)

    async def _sweep(self, room: str) -> None:
        """Delete the pictures that were there when messages of a room were erased: what comes later may still be sent.

        Raises RedisUnavailable, OSError.
        """
        is_ours = await self._link.execute(self._turn(room))
        await asyncio.sleep(GATHERED)  # until the next signal is for somebody to take again
        moment = self._erased_at.pop(room, None)
        if is_ours and moment is not None:
            await self._sweeper.sweep_room(room, moment)

    def _turn(self, room: str) -> Call:
        """Whether this node is the one that follows the signals about a room in the next seconds."""
        return Call.command("SET", f"{SWEPT_KEY}:{room}", "1", "NX", "PX", int(GATHERED * 1000))


async def _last(sweep: Coroutine[Any, Any, None]) -> None:
    """Sweep while nothing else waits for Redis. What fails is left to a later sweep."""
    background_rank.set(LAST)
    try:
        await sweep
    except (RedisUnavailable, OSError) as problem:
        logger.warning("Could not delete pictures without a message, will retry: %s", problem)
    except Exception:  # a bug: it must be seen, and the next sweep may succeed
        logger.exception("Could not delete pictures without a message")
