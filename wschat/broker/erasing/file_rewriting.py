"""Makes Redis rewrite its files, so that erased messages leave the disk too."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from enum import Enum

from ...errors import RedisRejected, RedisWriteRefused
from ...model import random_id
from ...redis_link import Call, RedisLink, load_script
from .purging import purge_all

CHECK_EVERY = 0.1  # s between two checks whether a rewrite has ended
DUE_KEY = "wschat:rewrite"  # a sorted set, which exists while a rewrite is due: who erases -> their record
ENDED_AFTER = 1800.0  # s after which somebody who began to erase is taken to have been ended: nothing lasts so long

logger = logging.getLogger(__name__)


class Rewrite(Enum):
    """The outcome of a rewrite, from the best to the worst."""

    DONE = "done"
    REPLICAS = "replicas"  # done, but not in the files of replicas, which rewrite theirs on their own
    NO_FILE = "no file"  # Redis keeps no append-only file
    UNPURGED = "not purged"  # done, but not all deleted messages could be purged before
    NOT_ALLOWED = "not allowed"  # this Redis user may not request it
    FAILED = "failed"


SETTLING = (Rewrite.DONE, Rewrite.REPLICAS, Rewrite.NO_FILE)  # after these, no rewrite is due any more


async def rewrite_files(link: RedisLink) -> Rewrite:
    """Rewrite the append-only file of each primary, and wait for it: the worst outcome. Raises RedisUnavailable."""
    return _worst([await _rewrite(primary) for primary in link.primaries()])


class DueRewrite:
    """The rewrite of the files that is due after something was erased. Redis records it, since this process may end at
    any moment; the next node on an embedded Redis makes up for it at its start, or the next command that erases.

    Each process has one record: when it began to erase, or, negative, when it had last done so, in µs by Redis's clock.
    A rewrite settles the records of what had been erased when it began, unless they have changed meanwhile. The record
    of somebody who was about to erase then stays until their own rewrite, or until one that begins after ENDED_AFTER.

    Erased messages may still wait to be purged, also those of a process that was ended. So a rewrite purges them first,
    after it has read the records: no text whose record it settles is in the new file.
    """

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self.name = random_id()  # of this process's record
        self._has_begun = False

    async def begin(self) -> None:
        """Record that something is about to be erased. Raises RedisUnavailable: nothing may be erased then."""
        with suppress(RedisRejected, RedisWriteRefused):  # this user may not, or Redis is full: erasing comes first
            await self._record(is_over=False)
        self._has_begun = True

    async def is_due(self) -> bool:
        """Raises RedisUnavailable; RedisRejected if this user may not read the records."""
        return bool(await self._link.execute(Call.command("EXISTS", DUE_KEY)))

    async def rewrite(self) -> Rewrite:
        """Rewrite the files, after this process has erased if it began to; if that fails, it is still due.

        Raises RedisUnavailable.
        """
        if self._has_begun:
            with suppress(RedisRejected, RedisWriteRefused):
                await self._record(is_over=True)
        records = await self._rewriting()
        is_purged = await purge_all(self._link)
        outcome = await rewrite_files(self._link)
        if not is_purged:
            outcome = _worst([outcome, Rewrite.UNPURGED])
        if outcome in SETTLING:
            with suppress(RedisRejected):
                await self._link.execute(Call.of(load_script("rewritten"), [DUE_KEY], records))
        return outcome

    async def rewrite_if_due(self) -> bool:
        """Rewrite the files if that is due. False: it still is, since that failed, or somebody is erasing.

        Raises RedisUnavailable.
        """
        if await self.is_due() and await self.rewrite() not in SETTLING:
            logger.warning("Redis could not rewrite its append-only file, which still has erased messages; will retry")
            return False
        return not await self.is_due()

    # -- within ------------------------------------------------------------------

    async def _record(self, *, is_over: bool) -> None:
        await self._link.execute(Call.of(load_script("erasing"), [DUE_KEY], [self.name, int(is_over)]))

    async def _rewriting(self) -> list[bytes]:
        """The records that a rewrite settles which begins now, as rewriting.lua returns them; none if this user may not
        use the records.
        """
        with suppress(RedisRejected):
            call = Call.of(load_script("rewriting"), [DUE_KEY], [int(ENDED_AFTER * 1e6)])
            found: list[bytes] = await self._link.execute(call)
            return found
        return []


def _worst(outcomes: list[Rewrite]) -> Rewrite:
    return max(outcomes, key=list(Rewrite).index, default=Rewrite.DONE)


async def _rewrite(link: RedisLink) -> Rewrite:
    try:
        if not (await _info(link, "persistence")).get("aof_enabled"):
            return Rewrite.NO_FILE
        await _begin(link)
        while _is_rewriting(now := await _info(link, "persistence")):
            await asyncio.sleep(CHECK_EVERY)
        has_replicas = (await _info(link, "replication")).get("connected_slaves")
    except RedisRejected as problem:
        return Rewrite.NOT_ALLOWED if "no permissions" in str(problem) else Rewrite.FAILED
    if now.get("aof_last_bgrewrite_status") != "ok":
        return Rewrite.FAILED
    return Rewrite.REPLICAS if has_replicas else Rewrite.DONE


def _is_rewriting(persistence: dict[str, object]) -> bool:
    return bool(persistence.get("aof_rewrite_in_progress") or persistence.get("aof_rewrite_scheduled"))


async def _begin(link: RedisLink) -> None:
    """Begin a rewrite after any that is in progress: one that began before the erasure may contain what was erased."""
    while True:
        while (await _info(link, "persistence")).get("aof_rewrite_in_progress"):
            await asyncio.sleep(CHECK_EVERY)
        try:
            await link.execute(Call.command("BGREWRITEAOF"))
            return
        except RedisRejected as problem:  # a node, or Redis itself, has begun one since that check
            if "in progress" not in str(problem):
                raise


async def _info(link: RedisLink, section: str) -> dict[str, object]:
    found: dict[str, object] = await link.execute(Call.command("INFO", section))
    return found
