"""A semaphore for asyncio that hands each turn directly to a waiter.

In Python 3.10.5 to 3.10.7, asyncio's own stays closed once a task was cancelled just after it was woken (CPython issue
90155); and only since then does it serve in the order of arrival.
"""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from types import TracebackType


class Semaphore:
    """A semaphore with `value` turns. The waiter with the lowest rank goes first; among equals, the first to come."""

    def __init__(self, value: int) -> None:
        self._value = value
        self._arrivals = count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []  # a heap

    def locked(self) -> bool:
        """Whether `acquire` would have to wait."""
        return not self._value

    def take(self) -> bool:
        """Take a turn if that needs no waiting; return whether it was taken."""
        if not self._value:
            return False
        self._value -= 1
        return True

    def enqueue(self, rank: float = 0) -> asyncio.Future[None]:
        """Queue for a turn: the future is done as soon as the caller has the turn, which ends with `release`.

        A caller that stops waiting must call `withdraw`.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.take():
            turn.set_result(None)
        else:
            heapq.heappush(self._waiting, (rank, next(self._arrivals), turn))
        return turn

    def withdraw(self, turn: asyncio.Future[None]) -> None:
        """Give up a turn, before or after it has come."""
        if not turn.cancel() and not turn.cancelled():
            self.release()

    async def acquire(self, rank: float = 0) -> None:
        """Take a turn, and wait for it if none is free."""
        turn = self.enqueue(rank)
        try:
            await turn
        except asyncio.CancelledError:
            self.withdraw(turn)
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
