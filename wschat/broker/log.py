"""A room's log on this node: the newest messages in memory, older ones from Redis in blocks that all readers share."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from itertools import islice
from typing import Any

from ..errors import RedisUnavailable
from ..model import Position, new_epoch
from ..redis_link import Call, RedisLink, RoomKeys, load_script

TAIL = 500  # messages kept in memory: ten seconds of a busy room, so that a reconnect reads nothing
TAIL_BYTES = 1 << 20
BLOCK = 256  # messages read at once; a block is full of messages that never change, so it can be kept
BLOCKS = 48  # blocks kept: the whole log of 10,000
_FIELD = b"m"


class Log:
    """Messages as bytes, by `seq`. `epoch` and `seq` are the position that this node has delivered up to."""

    def __init__(self, link: RedisLink, keys: RoomKeys) -> None:
        self._link = link
        self._keys = keys
        self._open = load_script("open")
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self._blocks: OrderedDict[int, asyncio.Future[dict[int, bytes]]] = OrderedDict()
        self.epoch = ""
        self.seq = 0
        self.reads = 0  # how often Redis was asked for messages

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.seq)

    # -- the newest messages -----------------------------------------------------

    def append(self, message: bytes) -> None:
        """The next message: its number is `seq` + 1."""
        self.seq += 1
        self._tail.append(message)
        self._tail_bytes += len(message)
        while len(self._tail) > TAIL or (self._tail_bytes > TAIL_BYTES and len(self._tail) > 1):
            self._tail_bytes -= len(self._tail.popleft())

    def start_over(self, position: Position, newest: list[bytes]) -> None:
        """Forget everything: the log's life is another, and these are its newest messages."""
        self._tail.clear()
        self._blocks.clear()
        self._tail_bytes = 0
        self.epoch, self.seq = position.epoch, position.seq - len(newest)
        for message in newest:
            self.append(message)

    def newest(self, count: int, size: int) -> list[bytes]:
        """At most `count` of the newest messages in memory, in at most `size` bytes, oldest first."""
        found: list[bytes] = []
        for message in reversed(self._tail):
            size -= len(message)
            if len(found) == count or size < 0:
                break
            found.append(message)
        return found[::-1]

    def tail_after(self, after: int) -> list[bytes] | None:
        """Everything that follows number `after`, oldest first; None when memory doesn't reach back so far."""
        skip = after - (self.seq - len(self._tail))
        return None if skip < 0 else list(islice(self._tail, skip, None))

    # -- everything that Redis keeps ---------------------------------------------

    async def fetch_position(self, count: int) -> tuple[Position, list[bytes]]:
        """Where the log stands in Redis at this moment, and what follows our `seq` there, or without an
        epoch of our own the newest, at most `count`. Gives the log a new epoch where it went back, even if it has
        grown since: the message under our `seq` is another one then.

        Raises RedisUnavailable.
        """
        newest = self._tail[-1] if self._tail else b""
        args: list[str | bytes | int] = [new_epoch(), self.epoch, self.seq, newest, self._keys.kept]
        epoch, seq = await self._link.execute(Call.of(self._open, [self._keys.log, self._keys.meta], args))
        position = Position(epoch.decode(), seq)
        if position == self.position:
            return position, []
        first = self.seq + 1 if position.epoch == self.epoch else max(1, position.seq - count + 1)
        entries = await self._range(first, position.seq, position.seq - first + 1)
        return position, [entries[number] for number in range(first, position.seq + 1) if number in entries]

    async def messages(self, first: int, last: int) -> dict[int, bytes]:
        """The messages numbered `first` to `last` (at most `seq`), as far as they are kept. Raises RedisUnavailable."""
        last = min(last, self.seq)
        tail_first = self.seq - len(self._tail) + 1
        found = {number: self._tail[number - tail_first] for number in range(max(first, tail_first), last + 1)}
        older = min(last, tail_first - 1)
        if first <= older:
            for block in range((first - 1) // BLOCK, (older - 1) // BLOCK + 1):
                found.update(await self._block(block))
        return {number: found[number] for number in range(first, last + 1) if number in found}

    async def _block(self, number: int) -> dict[int, bytes]:
        """Messages number * BLOCK + 1 and on; read once however many ask at the same time."""
        future = self._blocks.get(number)
        if future is None:
            first = number * BLOCK + 1
            future = asyncio.ensure_future(self._range(first, min(first + BLOCK - 1, self.seq), BLOCK))
            future.add_done_callback(_heard_of)
            self._blocks[number] = future
            if first + BLOCK - 1 > self.seq:  # not full yet: share it with those who ask now, but don't keep it
                future.add_done_callback(lambda _: self._blocks.pop(number, None))
            if len(self._blocks) > BLOCKS:
                self._blocks.popitem(last=False)
        try:
            return await asyncio.shield(future)
        except RedisUnavailable:
            self._blocks.pop(number, None)
            raise

    async def _range(self, first: int, last: int, count: int) -> dict[int, bytes]:
        if first > last:
            return {}
        self.reads += 1
        # Any: redis-py types a reply as everything that it could be.
        entries: Any = await self._link.execute(
            Call.command("XRANGE", self._keys.log, f"{first}-0", f"{last}-0", "COUNT", count)
        )
        return {int(entry_id.partition(b"-")[0]): fields[_FIELD] for entry_id, fields in entries}


def _heard_of(block: asyncio.Future[dict[int, bytes]]) -> None:
    """All who asked for it may be gone when it fails: then nobody is to hear of it, and nothing is to be logged."""
    if not block.cancelled():
        block.exception()
