"""Divides long work on the event loop into slices, so that nobody else waits for all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from time import perf_counter

from ...concurrency import Semaphore

SLICE = 0.001  # s
PAUSE = 0.001  # s after a slice. A mere turn of the loop would come too soon: others need several for what they do


class Slices:
    """Does work in slices, one at a time, however much work there is."""

    def __init__(self) -> None:
        self._turn = Semaphore(1)

    async def run(self, steps: Iterator[object]) -> float:
        """Run an iterator to its end, with pauses between its steps. Returns how long it ran, in seconds."""
        seconds, is_done = 0.0, False
        while not is_done:
            async with self._turn:
                began = perf_counter()
                is_done = all(perf_counter() - began < SLICE for _ in steps)
                seconds += perf_counter() - began
                await asyncio.sleep(0 if is_done else PAUSE)  # within the turn: others wait for its end
        return seconds
