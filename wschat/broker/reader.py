"""Reads a room's log from Redis, in blocks that all who ask share.

A read shows one moment, and messages may change before the answer arrives: every change that is delivered meanwhile is
applied to the answers that others wait for, so that no reader ever gets less than this node has delivered.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from ..errors import RedisWriteRefused
from ..protocol import amended_event, is_message, read_change, revision
from ..redis_link import Call, RedisLink, RoomKeys, load_script
from ..tasks import outlasting
from .entries import HOLE, Entries

BLOCK = 256  # entries read at once; a full block can be kept, since messages that change are changed in it too
BLOCKS_BYTES = 4 << 20  # of blocks kept: a whole log of 10,000 short messages
_FIELD = b"m"

_on_read: ContextVar[Callable[[int], None] | None] = ContextVar("on_read", default=None)

_Read = tuple[int, list[int | bytes], list[int | bytes]]
"""The reply of read.lua."""


class _Block(NamedTuple):
    """Entries that are being read, or are kept. `last`: the number of the last one that was asked for."""

    last: int
    entries: asyncio.Future[Entries]


@contextmanager
def reading_for(on_read: Callable[[int], None]) -> Iterator[None]:
    """Whatever the task reads from a log within the block is reported: its size in bytes."""
    token = _on_read.set(on_read)
    try:
        yield
    finally:
        _on_read.reset(token)


class LogReader:
    """Entries of the log in Redis. `oldest`: number of the oldest message that Redis kept when it was last read."""

    def __init__(self, link: RedisLink, keys: RoomKeys) -> None:
        self._link = link
        self._keys = keys
        self._script = load_script("read")
        self._blocks: dict[int, _Block] = {}
        self._block_sizes: dict[int, int] = {}  # of those that are kept, the oldest read first
        self._waiting: list[dict[int, bytes]] = []  # for each who waits, the messages that changed meanwhile
        self._has_changes = False
        self.oldest = 1
        self.reads = 0  # how often Redis was asked

    def forget(self) -> None:
        """Another epoch has begun."""
        self._has_changes = False
        self._blocks.clear()
        self._block_sizes.clear()
        for changed in self._waiting:
            changed.clear()

    def forget_before(self, number: int) -> None:
        """Nothing before this number is kept any longer."""
        self.oldest = max(self.oldest, number)
        self._blocks.clear()
        self._block_sizes.clear()

    def forget_trimmed(self, number: int) -> None:
        """Redis may have trimmed what is before this number: blocks of nothing else are dropped."""
        for block in [each for each in self._blocks if (each + 1) * BLOCK < number]:
            del self._blocks[block]
            self._block_sizes.pop(block, None)

    def amend(self, of: int, form: bytes) -> None:
        """A message has changed: it is like this from now on, in what was read and in what is being read."""
        for number in self._blocks:
            if (block := self.loaded_block(number)) is not None:
                block.amend(of, form)
                if number in self._block_sizes:
                    self._block_sizes[number] = block.size
        self._bound_blocks()
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

    async def fetch(self, *parts: tuple[int, int]) -> Entries:
        """Read these ranges of numbers, as far as Redis keeps them. Raises RedisUnavailable."""
        args = [number for part in parts if part[0] <= part[1] for number in part]
        if not args:
            return Entries()
        self.reads += 1
        with self.waiting() as changed:
            reply = await self._read_unchanged(args)
            if reply is None:
                reply = await self._link.execute(Call.of(self._script, [self._keys.log, self._keys.amended], args))
        oldest, entries, forms = reply
        self.oldest = oldest or args[-1] + 1
        found = Entries(_events(_pairs(entries), dict(_pairs(forms))))
        found.amend_all(changed)
        on_read = _on_read.get()
        if on_read is not None:
            on_read(found.size)
        return found

    async def newest_before(self, number: int) -> int:
        """The number of the newest entry that Redis keeps before this one, 0: none. For holes longer than a block.

        Raises RedisUnavailable.
        """
        call = Call.command("XREVRANGE", self._keys.log, f"({number}-0", "-", "COUNT", 1)
        found = await self._link.execute(call)
        return _number(found[0][0]) if found else 0

    async def skip_hole(self, before: int) -> int:
        """The number after the newest entry before this one: where to go on reading. Raises RedisUnavailable."""
        return min(before, await self.newest_before(before) + 1)

    async def messages_before(self, before: int, wanted: int) -> dict[int, bytes]:
        """So many messages before this number, from a log that is full of changes there. Raises RedisUnavailable."""
        found: dict[int, bytes] = {}
        while len(found) < wanted and before > self.oldest:
            first = max(1, self.oldest, before - BLOCK)
            entries = await self.fetch((first, before - 1))
            found.update((number, message) for number in entries if (message := entries.message(number)))
            before = first if entries else await self.skip_hole(first)
        return found

    async def block(self, number: int, newest: int) -> Entries:
        """Entries number * BLOCK + 1 and on, up to `newest`; read once however many ask. Raises RedisUnavailable."""
        last = min((number + 1) * BLOCK, newest)
        block = self._blocks.get(number)
        if block is None or block.last < last:  # it was asked for when there was less in it
            reading = asyncio.ensure_future(self.fetch((number * BLOCK + 1, last)))
            self._blocks[number] = block = _Block(last, reading)
            reading.add_done_callback(lambda _: self._keep(number, block))
        return await outlasting(block.entries)

    def loaded_block(self, number: int) -> Entries | None:
        """The same where it is in memory."""
        block = self._blocks.get(number)
        if block is None or not block.entries.done() or _has_failed(block):
            return None
        return block.entries.result()

    # -- within ------------------------------------------------------------------

    async def _read_unchanged(self, args: list[int]) -> _Read | None:
        """The same result as the script's, in a quarter of Redis's time, for a room without changes."""
        if self._has_changes:
            return None
        calls = [
            Call.command("XRANGE", self._keys.log, f"{first}-0", f"{last}-0", "COUNT", last - first + 1)
            for first, last in zip(args[::2], args[1::2], strict=True)
        ]
        calls.append(Call.command("XRANGE", self._keys.log, "-", "+", "COUNT", 1))
        calls.append(Call.command("EXISTS", self._keys.amended))
        try:
            *parts, oldest, exists = await self._link.transaction(calls)
        except RedisWriteRefused:  # Redis 7.0 has no room for a transaction when its memory is full
            return None
        if exists:
            self._has_changes = True
            return None
        entries: list[int | bytes] = []
        for entry_id, fields in itertools.chain(*parts):
            entries += (_number(entry_id), fields.get(_FIELD, HOLE))
        return _number(oldest[0][0]) if oldest else 0, entries, []

    def _keep(self, number: int, block: _Block) -> None:
        """A block was read, though all who asked for it may be gone: keep it within the bound, unless it failed.

        One that isn't full yet is shared with those who ask meanwhile, but not kept.
        """
        if self._blocks.get(number) is not block:  # forgotten meanwhile, and perhaps read anew
            return
        if _has_failed(block) or block.last < (number + 1) * BLOCK:
            del self._blocks[number]
            return
        self._block_sizes[number] = block.entries.result().size
        self._bound_blocks()

    def _bound_blocks(self) -> None:
        """Forget the blocks that were read longest ago, until the rest fits."""
        while sum(self._block_sizes.values()) > BLOCKS_BYTES:
            oldest = next(iter(self._block_sizes))
            del self._block_sizes[oldest], self._blocks[oldest]


def _has_failed(block: _Block) -> bool:
    return block.entries.cancelled() or block.entries.exception() is not None


def _number(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])


def _pairs(flat: list[int | bytes]) -> Iterator[tuple[int, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)  # type: ignore[arg-type]


def _events(entries: Iterator[tuple[int, bytes]], forms: dict[int, bytes]) -> Iterator[tuple[int, bytes]]:
    """The entries as events, without those that aren't what they should be."""
    for number, entry in entries:
        change = read_change(entry, number)
        if change is None:
            if is_message(entry, number):
                yield number, entry
        elif is_message(form := forms.get(change.of, HOLE), change.of):
            yield number, amended_event(change, form)
