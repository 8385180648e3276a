"""What the indexes of a node may take of its memory: those of rooms that were searched lately, and only so much."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from time import monotonic

from ...limits import Rate, TokenBucket
from .index import Index

IDLE = 600.0  # s after its last search that an index is forgotten
SIZE_MAX = 16 << 20  # characters in all: some 60,000 short messages, in 40 to 60 MB; half of it for one room
WORK = Rate(0.1, 5)  # s of processor time a second, and at once, for making indexes: twenty of 10,000 messages


class Indexes:
    """The indexes of a node that aren't empty."""

    def __init__(self, *, size_max: int = SIZE_MAX, idle: float = IDLE) -> None:
        self._size_max = size_max
        self._idle = idle
        self._used: OrderedDict[Index, float] = OrderedDict()  # sorted by the time of the last use
        self._work = TokenBucket(*WORK)
        self._timer: asyncio.TimerHandle | None = None

    def debt(self) -> float:
        """The seconds to wait until the work on indexes may go on."""
        return self._work.debt(monotonic())

    def spend(self, seconds: float) -> None:
        """Count processor time that was spent on making indexes."""
        self._work.spend(monotonic(), seconds)

    def use(self, index: Index) -> None:
        """Keep an index for a while, since it is searched now. If it has grown, make room for it: its oldest messages
        are forgotten, or other indexes, the one used longest ago first.
        """
        loop = asyncio.get_running_loop()
        self._used[index] = loop.time()
        self._used.move_to_end(index)
        if self._timer is None:
            self._timer = loop.call_later(self._idle, self._forget_unused)
        index.shrink(self._size_max // 2)
        while sum(each.size for each in self._used) > self._size_max:
            self.forget(next(iter(self._used)))

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
