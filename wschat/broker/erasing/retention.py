"""Erases messages older than a number of days, in every room that Redis has, including empty ones."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import suppress

from ...concurrency import background_rank
from ...counters import Counters
from ...errors import RedisRejected, RedisUnavailable
from ...model import read_timestamp, timestamp
from ...redis_link import Call, RedisLink, ScriptArgs, load_script
from ..scan import room_names
from .file_rewriting import DUE_KEY, DueRewrite
from .purging import purge

DAY = 24 * 3600
SWEEP_EVERY = 600.0  # s between two sweeps of all rooms
LAST = math.inf  # the rank of a sweep among what goes on in the background
PORTION = 50  # entries or forms in one call, each of up to 16 KB: it holds up Redis for about a millisecond

logger = logging.getLogger(__name__)


class Retention:
    """Erases messages after `days` days, which are `age` seconds; 0: never. `clock` is in seconds since 1970.

    `rewrites_file`: also make Redis rewrite its append-only file after erasing, so that the text leaves the disk. An
    operator's own Redis does that when its file has grown.
    """

    def __init__(
        self, link: RedisLink, days: float, clock: Callable[[], float], counters: Counters,
        *, rewrites_file: bool = False,
    ) -> None:  # fmt: skip
        self._link = link
        self.age = days * DAY
        self._clock = clock
        self._counters = counters
        self._rewrite = DueRewrite(link) if rewrites_file else None
        self._script = load_script("retain")
        self._forms_script = load_script("outdated")

    async def run(self) -> None:
        """Sweep repeatedly; without `days`, only make up for a rewrite that is due from an earlier run.

        Runs in a task of its own, whose calls come after all others.
        """
        background_rank.set(LAST)
        while not self.age and not await self._rewrite_if_due():
            await asyncio.sleep(SWEEP_EVERY)
        while self.age:
            try:
                await self.sweep()
            except RedisRejected as problem:
                logger.error("Could not apply HISTORY_DAYS: %s", problem)
            except RedisUnavailable as problem:
                logger.debug("Could not remove old messages, will retry: %s", problem)
            except Exception:  # a bug: it must be seen, and old messages must go as soon as a sweep succeeds
                logger.exception("Could not erase old messages")
            await asyncio.sleep(SWEEP_EVERY)

    async def sweep(self) -> None:
        """Sweep all rooms once. A room that fails delays no other, but the sweep doesn't count as one of all rooms.

        Raises RedisRejected, RedisUnavailable.
        """
        oldest, gone, is_whole = "", 0, True
        for room in await room_names(self._link):
            try:
                kept, count = await self._sweep_room(room)
            except RedisRejected as problem:
                logger.error("Could not apply HISTORY_DAYS: %s", problem, extra={"room": room})
                is_whole = False
                continue
            except RedisUnavailable:
                raise
            except Exception:  # a bug
                logger.exception("Could not erase old messages", extra={"room": room})
                is_whole = False
                continue
            gone += count
            oldest = min(filter(None, (oldest, kept)), default="")
        self._counters.expired += gone
        if is_whole:
            self._note_whole(oldest)
        if gone:
            logger.info("Erased messages older than HISTORY_DAYS", extra={"entries": gone})
        await self._rewrite_if_due()

    # -- within ------------------------------------------------------------------

    def _note_whole(self, oldest: str) -> None:
        """A sweep left out no room; `oldest` is the time of the oldest message that it kept, "" if it kept none."""
        self._counters.swept = self._clock()
        self._counters.oldest = 0.0
        with suppress(ValueError, OverflowError):  # a time that something else than the chat wrote
            self._counters.oldest = read_timestamp(oldest).timestamp() if oldest else 0.0

    async def _rewrite_if_due(self) -> bool:
        """Rewrite the files if that is due; return whether no rewrite is due any more."""
        if self._rewrite is None:
            return True
        with suppress(RedisUnavailable):  # the next time, then
            return await self._rewrite.rewrite_if_due()
        return False

    async def _sweep_room(self, room: str) -> tuple[str, int]:
        """(time of the oldest message that is kept, "" if none is; how many entries and forms were erased)."""
        keys = self._link.keys(room)
        now = self._clock()
        names = [keys.log, keys.meta, keys.amended, *([DUE_KEY] if self._rewrite is not None else [])]
        cutoff, mark = timestamp(max(0.0, now - self.age)), self._rewrite.name if self._rewrite is not None else ""
        args: ScriptArgs = [cutoff, PORTION, timestamp(now), keys.kept, mark]
        gone, is_more = 0, 1
        while is_more:
            is_more, count, kept = await self._link.execute(Call.of(self._script, names, args))
            gone += count
        cursor: bytes | int = 0
        while cursor != b"0":
            call = Call.of(self._forms_script, names, [cutoff, cursor, PORTION, mark])
            cursor, count = await self._link.execute(call)
            gone += count
        await purge(self._link, keys, 0)  # also what was erased in a sweep that was interrupted
        return kept.decode(errors="replace"), gone
