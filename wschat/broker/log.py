"""A room's log on this node: the newest messages in memory, older ones from Redis in blocks that all readers share.

What stands in Redis is foreign input: an entry that isn't the message of its number is a hole, as is one that was
deleted. Numbers go on over a hole.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from itertools import islice
from typing import Any, NamedTuple

from ..errors import RedisUnavailable
from ..model import Position, new_epoch
from ..protocol import is_message
from ..redis_link import Call, RedisLink, RoomKeys, load_script

TAIL = 500  # messages kept in memory: ten seconds of a busy room, so that a reconnect reads nothing
TAIL_BYTES = 1 << 20
BLOCK = 256  # messages read at once; a block is full of messages that never change, so it can be kept
BLOCKS_BYTES = 4 << 20  # of blocks kept: a whole log of 10,000 short messages
HOLE = b""
_FIELD = b"m"


class Fetched(NamedTuple):
    """Where the log stands in Redis, and messages of it, numbered without a gap; HOLE for one that is gone.

    `follows`: they are those after our own position. Otherwise they are the newest, since no others are kept.
    """

    position: Position
    messages: list[bytes]
    follows: bool


class Log:
    """Messages as bytes, by `seq`. `epoch` and `seq` are the position that this node has delivered up to."""

    def __init__(self, link: RedisLink, keys: RoomKeys) -> None:
        self._link = link
        self._keys = keys
        self._open = load_script("open")
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._blocks: OrderedDict[int, asyncio.Future[dict[int, bytes]]] = OrderedDict()
        self._block_sizes: dict[int, int] = {}
        self.epoch = ""
        self.seq = 0
        self.oldest = 1  # number of the oldest message that Redis kept when it was last read
        self.reads = 0  # how often Redis was asked for messages

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.seq)

    # -- the newest messages -----------------------------------------------------

    def append(self, message: bytes) -> None:
        """The next message, or HOLE: its number is `seq` + 1."""
        self.seq += 1
        self._tail.append(message)
        self._tail_bytes += len(message)
        while len(self._tail) > TAIL or (self._tail_bytes > TAIL_BYTES and len(self._tail) > 1):
            self._tail_bytes -= len(self._tail.popleft())

    def start_over(self, position: Position, newest: list[bytes]) -> None:
        """Forget everything: the log's life is another, and these are its newest messages."""
        self._tail.clear()
        self._blocks.clear()
        self._block_sizes.clear()
        self._tail_bytes = 0
        self.epoch, self.seq = position.epoch, position.seq - len(newest)
        for message in newest:
            self.append(message)

    def newest(self, count: int, size: int) -> list[bytes]:
        """At most `count` of the newest messages in memory, in at most `size` bytes, oldest first."""
        found: list[bytes] = []
        for message in filter(None, reversed(self._tail)):
            size -= len(message)
            if len(found) == count or size < 0:
                break
            found.append(message)
        return found[::-1]

    def tail_after(self, after: int) -> list[bytes] | None:
        """What follows number `after`, oldest first, with its holes; None when memory doesn't reach back so far."""
        skip = after - (self.seq - len(self._tail))
        return None if skip < 0 else list(islice(self._tail, skip, None))

    # -- everything that Redis keeps ---------------------------------------------

    async def fetch_head(self) -> Position:
        """Where the log stands in Redis at this moment; changes nothing. Raises RedisUnavailable."""
        epoch, seq = await self._link.execute(Call.command("HMGET", self._keys.meta, "epoch", "seq"))
        return Position((epoch or b"").decode(errors="replace"), int(seq) if seq and seq.isdigit() else 0)

    async def fetch_position(self, count: int) -> Fetched:
        """Where the log stands in Redis at this moment, and at most `count` of its messages.

        Gives the log a new epoch where it went back, even if it has grown since: the message under our `seq` is another
        one then. Raises RedisUnavailable.
        """
        newest = self._tail[-1] if self._tail else HOLE
        args: list[str | bytes | int] = [new_epoch(), self.epoch, self.seq, newest, self._keys.kept]
        epoch, seq, self.oldest = await self._link.execute(Call.of(self._open, [self._keys.log, self._keys.meta], args))
        position = Position(epoch.decode(), seq)
        follows = position.epoch == self.epoch and self.seq + 1 >= min(self.oldest, seq)
        first = self.seq + 1 if follows else max(1, self.oldest, seq - count + 1)
        last = min(seq, first + count - 1)
        entries = await self._range(first, last)
        return Fetched(position, [entries.get(number, HOLE) for number in range(first, last + 1)], follows)

    async def messages(self, first: int, last: int) -> dict[int, bytes]:
        """The messages numbered `first` to `last` (at most `seq`), as far as they are kept. Raises RedisUnavailable."""
        last = min(last, self.seq)
        tail_first = self.seq - len(self._tail) + 1
        found = {number: self._tail[number - tail_first] for number in range(max(first, tail_first), last + 1)}
        older = min(last, tail_first - 1)
        if first <= older:
            for block in range((first - 1) // BLOCK, (older - 1) // BLOCK + 1):
                found.update(await self._block(block))
        return {number: found[number] for number in range(first, last + 1) if found.get(number)}

    # -- within ------------------------------------------------------------------

    async def _block(self, number: int) -> dict[int, bytes]:
        """Messages number * BLOCK + 1 and on; read once however many ask at the same time."""
        future = self._blocks.get(number)
        if future is None:
            first, last = number * BLOCK + 1, (number + 1) * BLOCK
            future = asyncio.ensure_future(self._range(first, min(last, self.seq)))
            future.add_done_callback(_take_exception)
            self._blocks[number] = future
            if last > self.seq:  # not full yet: shared with those who ask now, but not kept
                future.add_done_callback(lambda _: self._blocks.pop(number, None))
        try:
            block = await asyncio.shield(future)
        except RedisUnavailable:
            self._blocks.pop(number, None)
            raise
        self._bound_blocks(number, block)
        return block

    def _bound_blocks(self, number: int, block: dict[int, bytes]) -> None:
        """Forget the blocks that were read longest ago, until the rest fits."""
        if number in self._blocks:
            self._block_sizes[number] = sum(map(len, block.values()))
        while sum(self._block_sizes.values()) > BLOCKS_BYTES:
            oldest = next(iter(self._block_sizes))
            del self._block_sizes[oldest]
            self._blocks.pop(oldest, None)

    async def _range(self, first: int, last: int) -> dict[int, bytes]:
        if first > last:
            return {}
        self.reads += 1
        start, end = f"{first}-0", f"{last}-0"
        calls = [
            Call.command("XRANGE", self._keys.log, start, end, "COUNT", last - first + 1),
            Call.command("XRANGE", self._keys.log, "-", "+", "COUNT", 1),
        ]
        # Any: redis-py types a reply as everything that it could be.
        entries: Any
        entries, oldest = await self._link.transaction(calls)
        self.oldest = _number(oldest[0][0]) if oldest else self.seq + 1
        found = ((_number(entry_id), (fields or {}).get(_FIELD, HOLE)) for entry_id, fields in entries)
        return {number: message for number, message in found if is_message(message, number)}


def _number(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])


def _take_exception(block: asyncio.Future[dict[int, bytes]]) -> None:
    """Every reader of the block may be gone when it fails; asyncio would then log an exception that nobody took."""
    if not block.cancelled():
        block.exception()
