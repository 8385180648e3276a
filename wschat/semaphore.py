"""A semaphore for asyncio that hands each turn over to who waits for it.

asyncio's own lets nobody in any more, in Python 3.10.5 to 3.10.7, once a task was cancelled just after it was woken
(CPython issue 90155); and only since then does it serve in the order of arrival.
"""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from types import TracebackType


class Semaphore:
    """At most `value` at a time. Of those who wait, who has the lowest rank goes first; of these, who came first."""

    def __init__(self, value: int) -> None:
        self._value = value
        self._arrivals = count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []  # a heap

    def locked(self) -> bool:
        """Would `acquire` have to wait?"""
        return not self._value

    async def acquire(self, rank: float = 0) -> None:
        """Take a turn, and wait for it where there is none."""
        if self._value:
            self._value -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Give the turn back."""
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._value += 1

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
