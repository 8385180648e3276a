"""Waiting for something to come true."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from .oracle import Broken


async def until(true: Callable[[], object], timeout: float, what: str) -> float:
    """Seconds until it is true. Raises Broken when that takes longer than `timeout`."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > timeout:
            raise Broken(f"not within {timeout:g} s: {what}")
        await asyncio.sleep(0.02)
    return time.monotonic() - start
