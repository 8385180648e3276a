"""Blocks of a room's log that were read from Redis, shared by all readers.

A read shows one moment, and messages may change before the reply arrives: every change that is delivered meanwhile is
applied to the pending replies, so that no reader ever gets less than this node has delivered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ...concurrency import outlasting
from ...protocol import revision
from .entries import HOLE, Entries
from .redis_log import BLOCK, RedisLog

BLOCKS_BYTES = 4 << 20  # of blocks kept: a whole log of 10,000 short messages


class _Block(NamedTuple):
    """Entries that are being read, or are kept. `last`: the number of the last entry that was requested."""

    last: int
    entries: asyncio.Future[Entries]


class Blocks:
    """Keeps full blocks in memory. A change of a message is applied to the blocks, too, so they don't go stale."""

    def __init__(self, log: RedisLog) -> None:
        self._log = log
        self._blocks: dict[int, _Block] = {}
        self._sizes: dict[int, int] = {}  # bytes of each kept block, in the order in which they were read
        self._waiting: list[dict[int, bytes]] = []  # for each pending read, the messages that changed meanwhile

    def forget(self) -> None:
        """Drop all blocks; a block that is being read is only for those who are already waiting for it."""
        self._blocks.clear()
        self._sizes.clear()

    def forget_epoch(self) -> None:
        """Drop everything, since another epoch has begun: no change so far concerns the messages being read."""
        self.forget()
        for changed in self._waiting:
            changed.clear()

    def forget_trimmed(self, number: int) -> None:
        """Drop the blocks that lie wholly before this number: Redis may have trimmed their entries."""
        for block in [each for each in self._blocks if (each + 1) * BLOCK < number]:
            del self._blocks[block]
            self._sizes.pop(block, None)

    def amend(self, of: int, form: bytes) -> None:
        """Set the present form of message `of`, in kept blocks and in blocks that are being read."""
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
        """The messages that change while the `with` block runs, by number."""
        changed: dict[int, bytes] = {}
        self._waiting.append(changed)
        try:
            yield changed
        finally:
            self._waiting = [one for one in self._waiting if one is not changed]

    async def read(self, *parts: tuple[int, int]) -> Entries:
        """Read these ranges (first, last) from Redis without keeping them. Raises RedisUnavailable."""
        with self.waiting() as changed:
            found = await self._log.read(*parts)
        found.amend_all(changed)
        return found

    async def get(self, number: int, needed: int, newest: int) -> Entries:
        """Entries from number * BLOCK + 1 to `needed` at least, `newest` at most; all callers share one read, which is
        charged to the first (`charging_reads`). Raises RedisUnavailable.
        """
        end = (number + 1) * BLOCK
        block = self._blocks.get(number)
        if block is None or block.last < min(end, needed):  # it was read when the log was shorter
            last = min(end, newest)
            reading = asyncio.ensure_future(self.read((number * BLOCK + 1, last)))
            self._blocks[number] = block = _Block(last, reading)
            reading.add_done_callback(lambda _: self._keep(number, block))
        return await outlasting(block.entries)

    def loaded(self, number: int) -> Entries | None:
        """The block if it is in memory, else None."""
        block = self._blocks.get(number)
        if block is None or not block.entries.done() or _has_failed(block):
            return None
        return block.entries.result()

    # -- within ------------------------------------------------------------------

    def _keep(self, number: int, block: _Block) -> None:
        """Keep a block that was read, within the bound, unless the read failed. Its callers may all be gone by then.

        A block that isn't full yet was shared while it was read, but isn't kept.
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
