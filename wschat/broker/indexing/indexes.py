"""What the indexes of a node may take of its memory: those of rooms that were searched lately, and only so much."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from ...errors import ErrorCode, Refused
from .index import Index

IDLE = 600.0  # s after its last search that an index is forgotten
KEPT = 10.0  # s after its last search in which no other room takes its memory: to make an index costs much
SIZE_MAX = 16 << 20  # characters in all: some 60,000 short messages, in 40 to 60 MB


class Indexes:
    """The indexes of a node that aren't empty."""

    def __init__(self, *, size_max: int = SIZE_MAX, idle: float = IDLE, kept: float = KEPT) -> None:
        self._size_max = size_max
        self._idle = idle
        self._kept = kept
        self._used: OrderedDict[Index, float] = OrderedDict()  # sorted by the time of the last use
        self._full_until = 0.0  # loop time
        self._timer: asyncio.TimerHandle | None = None

    def use(self, index: Index) -> None:
        """Keep an index for a while, as it is searched now.

        Raises Refused(busy) if it is empty, and the others have lately left another one too little room.
        """
        loop = asyncio.get_running_loop()
        if not index.size and loop.time() < self._full_until:
            raise self._busy()
        self._used[index] = loop.time()
        self._used.move_to_end(index)
        if self._timer is None:
            self._timer = loop.call_later(self._idle, self._forget_unused)

    def bound(self, index: Index) -> None:
        """Make room for an index that has grown: forget others, the one used longest ago first. One that alone is too
        large loses its oldest messages.

        Raises Refused(busy), and forgets the index, if others that are searched now leave too little room.
        """
        index.shrink(self._size_max)
        size = sum(each.size for each in self._used)
        used_before = asyncio.get_running_loop().time() - self._kept
        for other, used_at in list(self._used.items()):
            if size > self._size_max and used_at <= used_before and other is not index:
                size -= other.size
                self.forget(other)
        if size > self._size_max:
            self.forget(index)
            self._full_until = asyncio.get_running_loop().time() + self._kept
            raise self._busy()

    def forget(self, index: Index) -> None:
        """Forget an index, until somebody searches again."""
        self._used.pop(index, None)
        index.forget()

    # -- within ------------------------------------------------------------------

    def _busy(self) -> Refused:
        wait = self._full_until - asyncio.get_running_loop().time()
        return Refused(ErrorCode.BUSY, "too many long rooms are searched at once", retry_after=wait)

    def _forget_unused(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        for index, used_at in list(self._used.items()):
            if loop.time() - used_at < self._idle:
                self._timer = loop.call_at(used_at + self._idle, self._forget_unused)
                return
            self.forget(index)
