"""Has Redis write its files anew, so that what was erased leaves the disk too."""

from __future__ import annotations

import asyncio
from enum import Enum

from ..errors import RedisRejected
from ..redis_link import Call, RedisLink

LOOK_EVERY = 0.1  # s between two looks whether it has ended


class Rewrite(Enum):
    """The outcome of a rewrite."""

    DONE = "done"
    NO_FILE = "no file"  # Redis keeps no append-only file
    FAILED = "failed"
    NOT_ALLOWED = "not allowed"  # this user may not ask for it


async def rewrite_files(link: RedisLink) -> Rewrite:
    """Rewrite the append-only file of each primary, and wait until that has ended. Raises RedisUnavailable."""
    outcomes = [await _rewrite(primary) for primary in link.primaries()]
    return next((one for one in outcomes if one is not Rewrite.DONE), Rewrite.DONE)


async def _rewrite(link: RedisLink) -> Rewrite:
    try:
        before = await _persistence(link)
        if not before.get("aof_enabled"):
            return Rewrite.NO_FILE
        while before.get("aof_rewrite_in_progress"):  # it began before the erasure, and may have what was erased
            await asyncio.sleep(LOOK_EVERY)
            before = await _persistence(link)
        await link.execute(Call.command("BGREWRITEAOF"))
        while (now := await _persistence(link)).get("aof_rewrite_in_progress") or now.get("aof_rewrite_scheduled"):
            await asyncio.sleep(LOOK_EVERY)
    except RedisRejected:
        return Rewrite.NOT_ALLOWED
    return Rewrite.DONE if now.get("aof_last_bgrewrite_status") == "ok" else Rewrite.FAILED


async def _persistence(link: RedisLink) -> dict[str, object]:
    """The part of INFO."""
    found: dict[str, object] = await link.execute(Call.command("INFO", "persistence"))
    return found
