"""Waiting for something to come true, or for several who work at once."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from typing import Any

from wschat.concurrency import cancel_all

from .oracle import Broken


async def until(true: Callable[[], object], timeout: float, what: str) -> float:
    """Seconds until it is true. Raises Broken when that takes longer than `timeout`."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > timeout:
            raise Broken(f"not within {timeout:g} s: {what}")
        await asyncio.sleep(0.02)
    return time.monotonic() - start


async def all_of(*works: Coroutine[Any, Any, None]) -> None:
    """Until all have ended. One that fails ends the others, before anything that they stand on goes."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        await cancel_all(tasks)


async def end_all() -> None:
    """The last of a loop, as asyncio.run does it: else the garbage collection reports what the loop still has, in some
    later test.
    """
    await cancel_all(asyncio.all_tasks() - {asyncio.current_task()})
    await asyncio.sleep(0)  # connections that were closed are told so


def machine_is_busy() -> bool:
    """Whether so much else goes on that times say nothing about the chat. The scenario itself loads two processors."""
    return os.getloadavg()[0] > 2 * (os.cpu_count() or 1)
