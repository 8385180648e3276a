"""Blocks of a room's log that were read from Redis: all who ask share them.

A read shows one moment, and messages may change before the answer arrives: every change that is delivered meanwhile is
applied to the answers that others wait for, so that no reader ever gets less than this node has delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ...protocol import revision
from ...tasks import outlasting
from .entries import HOLE, Entries
from .redis_log import BLOCK, RedisLog

BLOCKS_BYTES = 4 << 20  # of blocks kept: a whole log of 10,000 short messages


class _Block(NamedTuple):
    """Entries that are being read, or are kept. `last`: the number of the last one that was asked for."""

    last: int
    entries: asyncio.Future[Entries]


class Blocks:
    """Full blocks can be kept, since messages that change are changed in them, too."""

    def __init__(self, log: RedisLog) -> None:
        self._log = log
        self._blocks: dict[int, _Block] = {}
        self._sizes: dict[int, int] = {}  # of those that are kept, the oldest read first
        self._waiting: list[dict[int, bytes]] = []  # for each who waits, the messages that changed meanwhile

    def forget(self) -> None:
        """Keep nothing; what is being read is for those who wait for it already."""
        self._blocks.clear()
        self._sizes.clear()

    def forget_epoch(self) -> None:
        """Another epoch has begun: no change is about what is being read."""
        self.forget()
        for changed in self._waiting:
            changed.clear()

    def forget_trimmed(self, number: int) -> None:
        """Redis may have trimmed what is before this number: blocks of nothing else are dropped."""
        for block in [each for each in self._blocks if (each + 1) * BLOCK < number]:
            del self._blocks[block]
            self._sizes.pop(block, None)

    def amend(self, of: int, form: bytes) -> None:
        """A message has changed: it is like this from now on, in what was read and in what is being read."""
        for number in self._blocks:
            if (block := self.loaded(number)) is not None:
                block.amend(of, form)
                if number in self._sizes:
                    self._sizes[number] = block.size
        self._bound()
        for changed in self._waiting:
            if revision(form) > revision(changed.get(of, HOLE)):
                changed[of] = form

    @contextmanager
    def waiting(self) -> Iterator[dict[int, bytes]]:
        """The messages that change while the block lasts, by number."""
        changed: dict[int, bytes] = {}
        self._waiting.append(changed)
        try:
            yield changed
        finally:
            self._waiting = [one for one in self._waiting if one is not changed]

    async def read(self, *parts: tuple[int, int]) -> Entries:
        """These ranges of numbers, which aren't kept, as RedisLog.read has them. Raises RedisUnavailable."""
        with self.waiting() as changed:
            found = await self._log.read(*parts)
        found.amend_all(changed)
        return found

    async def get(self, number: int, needed: int, newest: int) -> Entries:
        """Entries number * BLOCK + 1 and on, up to `needed` at least, `newest` at most; read once however many ask,
        and charged to the first (`charging_reads`). Raises RedisUnavailable.
        """
        end = (number + 1) * BLOCK
        block = self._blocks.get(number)
        if block is None or block.last < min(end, needed):  # it was asked for when there was less in it
            last = min(end, newest)
            reading = asyncio.ensure_future(self.read((number * BLOCK + 1, last)))
            self._blocks[number] = block = _Block(last, reading)
            reading.add_done_callback(lambda _: self._keep(number, block))
        return await outlasting(block.entries)

    def loaded(self, number: int) -> Entries | None:
        """The same where it is in memory."""
        block = self._blocks.get(number)
        if block is None or not block.entries.done() or _has_failed(block):
            return None
        return block.entries.result()

    # -- within ------------------------------------------------------------------

    def _keep(self, number: int, block: _Block) -> None:
        """A block was read, though all who asked for it may be gone: keep it within the bound, unless it failed.

        One that isn't full yet is shared with those who ask meanwhile, but not kept.
        """
        failed = _has_failed(block)  # in any case: where nobody else looks at it, asyncio logs it as a bug
        if self._blocks.get(number) is not block:  # forgotten meanwhile, and perhaps read anew
            return
        if failed or block.last < (number + 1) * BLOCK:
            del self._blocks[number]
            return
        self._sizes[number] = block.entries.result().size
        self._bound()

    def _bound(self) -> None:
        """Forget the blocks that were read longest ago, until the rest fits."""
        while sum(self._sizes.values()) > BLOCKS_BYTES:
            oldest = next(iter(self._sizes))
            del self._sizes[oldest], self._blocks[oldest]


def _has_failed(block: _Block) -> bool:
    return block.entries.cancelled() or block.entries.exception() is not None
