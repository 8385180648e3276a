"""What the indexes of a node may take of its memory: those of rooms that were searched lately, and only so much."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from .index import Index
from .slices import Slices

IDLE = 600.0  # s after its last search that an index is forgotten
SIZE_MAX = 16 << 20  # characters in all: some 60,000 short messages, in 40 to 60 MB


class Indexes:
    """The indexes of a node that aren't empty. All work on them goes in the same `slices`."""

    def __init__(self, *, size_max: int = SIZE_MAX, idle: float = IDLE) -> None:
        self.slices = Slices()
        self._size_max = size_max
        self._idle = idle
        self._used: OrderedDict[Index, float] = OrderedDict()  # sorted by the time of the last use
        self._timer: asyncio.TimerHandle | None = None

    def use(self, index: Index) -> None:
        """Keep an index for a while, as it is searched now."""
        loop = asyncio.get_running_loop()
        self._used[index] = loop.time()
        self._used.move_to_end(index)
        if self._timer is None:
            self._timer = loop.call_later(self._idle, self._forget_unused)

    def bound(self, index: Index) -> None:
        """Make room for an index that has grown: others that nobody is searching are forgotten, the one used longest
        ago first; then the oldest messages of its own.
        """
        size = sum(each.size for each in self._used)
        for other in list(self._used):
            if size <= self._size_max:
                return
            if other is not index and not other.turn.locked():
                size -= other.size
                self.forget(other)
        index.shrink(index.size - (size - self._size_max))

    def forget(self, index: Index) -> None:
        """Forget an index, until somebody searches again."""
        self._used.pop(index, None)
        index.forget()

    # -- within ------------------------------------------------------------------

    def _forget_unused(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        for index, used_at in list(self._used.items()):
            if loop.time() - used_at < self._idle:
                self._timer = loop.call_at(used_at + self._idle, self._forget_unused)
                return
            self.forget(index)
