"""Measures the lag of the event loop."""

from __future__ import annotations

import asyncio

from ..counters import Counters

LAG_EVERY = 1.0  # s between two measurements


async def watch_lag(counters: Counters) -> None:
    """Record the lag in the counters, for ever."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + LAG_EVERY
        await asyncio.sleep(LAG_EVERY)
        counters.lag.add(max(0.0, clock() - due))
