"""Divides long work on the event loop into slices, so that nobody else waits for all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import perf_counter

from ...semaphore import Semaphore

SLICE = 0.002  # s


class Slices:
    """Does work in slices, one at a time, however much work there is."""

    def __init__(self) -> None:
        self._turn = Semaphore(1)

    async def run(self, steps: Iterator[object]) -> None:
        """Run an iterator to its end. After each slice, everyone else may go on."""
        await asyncio.sleep(0)  # much work may come as many short pieces
        while not await self._slice(steps):
            await asyncio.sleep(0)

    async def _slice(self, steps: Iterator[object]) -> bool:
        """Run some steps; return whether they were the last ones."""
        async with self._turn:
            end = perf_counter() + SLICE
            return all(perf_counter() < end for _ in steps)
