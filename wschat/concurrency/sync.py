"""Keeps a node's copy of data in Redis in sync: listen, read, then apply what was published meanwhile.

That order is the only one without a gap (docs/decisions/0001). Pub/Sub may lose messages, repeat them or break off; all
of that is one case here: the copy is stale until Redis has been read again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..errors import RETRY_PAUSE, RedisRejected, RedisUnavailable
from .tasks import background_rank, cancel_all, spawn

REJECTED_RETRY = 3.0  # s after Redis rejects a read, or a read fails: somebody has to fix that
PENDING_MAX = 10_000  # published items kept while Redis is read; beyond that it is simply read again

Item = TypeVar("Item")

logger = logging.getLogger(__name__)


class Sync(Generic[Item]):
    """Keeps one copy in sync with Redis.

    `read` fetches the data from Redis and replaces the copy; after the fetch it must not await again. If it raises
    RedisUnavailable, or returns False since there is more, it is repeated; True: the copy is whole. `apply` applies one
    published item, and returns False if an item before it was missed. If many copies wait to be read, those for the
    most people go first: `audience` counts the people. `on_synced` is called whenever the copy is in sync again.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[bool]],
        apply: Callable[[Item], bool],
        audience: Callable[[], int],
        on_synced: Callable[[], None] | None = None,
    ) -> None:
        self._read = read
        self._apply = apply
        self._audience = audience
        self._on_synced = on_synced
        self._pending: list[Item] = []
        self._begun = self._done = 0  # numbers of reads
        self._read_over = asyncio.Event()  # a new one for each read
        self._is_stale = self._is_closed = False
        self._task: asyncio.Task[None] | None = None
        self.ready = asyncio.Event()  # set when Redis was read for the first time

    @property
    def is_syncing(self) -> bool:
        return self._task is not None

    def on_publish(self, item: Item) -> None:
        """Apply a published item, now or after the current read."""
        if self._task is not None:
            self._pending.append(item)
        elif not self._apply(item):
            self.resync()

    def resync(self, pause: float = 0.0) -> None:
        """Read Redis, after `pause` seconds; during a read, once more after it, since the cause may be newer."""
        self._is_stale = True
        if self._task is None and not self._is_closed:
            self._task = spawn(self._run(pause))

    async def verify(self) -> None:
        """Wait until the copy has all data that Redis has now, or is closed."""
        wanted = self._begun + 1  # not later reads that others request: under steady demand there is no last one
        self.resync()
        while self._done < wanted and self._task is not None:
            await self._read_over.wait()

    async def close(self) -> None:
        """Stop following Redis; later requests for a read have no effect."""
        self._is_closed = True
        await cancel_all([self._task])
        self._task = None  # a task that was cancelled before its first step hasn't reset it
        self._end_read()

    # -- within ------------------------------------------------------------------

    async def _run(self, pause: float) -> None:
        try:
            if pause:
                await asyncio.sleep(pause)
            while self._is_stale:
                try:
                    await self._read_once()
                except Exception as problem:
                    self._is_stale = True
                    await asyncio.sleep(_pause_after(problem))
        finally:
            self._pending.clear()
            self._task = None
            self._end_read()
        if self._on_synced is not None:
            self._on_synced()

    async def _read_once(self) -> None:
        self._is_stale = False
        self._begun += 1
        self._pending.clear()  # the read includes all that was published before this moment
        before = background_rank.set(-self._audience())  # after a lost link each room reads: posts mustn't wait for all
        try:
            is_whole = await self._read()
        finally:
            background_rank.reset(before)
        self.ready.set()
        if is_whole:
            self._done = self._begun
        self._end_read()
        if not is_whole or len(self._pending) > PENDING_MAX or not all(map(self._apply, self._pending)):
            self._is_stale = True

    def _end_read(self) -> None:
        over, self._read_over = self._read_over, asyncio.Event()
        over.set()


def _pause_after(problem: Exception) -> float:
    """The seconds from a failed read to the next one. Logs the problem."""
    if not isinstance(problem, RedisUnavailable):
        logger.error("Could not load a room from Redis", exc_info=problem)
        return REJECTED_RETRY
    logger.debug("Could not read from Redis, will retry: %s", problem)
    return REJECTED_RETRY if isinstance(problem, RedisRejected) else RETRY_PAUSE
