"""The time for which a primary isn't called while sentinels replace it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from wschat.config.redis_url import Address, EngineUrl, parse_engine_url
from wschat.redis_link.keys import SLOTS, Publish
from wschat.redis_link.primaries import Primaries
from wschat.redis_link.topology import Layout

A, B = Address("127.0.0.1", 1), Address("127.0.0.1", 2)  # nothing listens there


class Told:
    """A topology of one primary, which a test names."""

    url: EngineUrl = parse_engine_url("redis+sentinel://127.0.0.1/main")
    publish: Publish = "PUBLISH"

    async def find(self) -> Layout:
        return {A: [range(SLOTS)]}

    def start(self, on_change: Callable[[], None], on_failover: Callable[[Address], None]) -> None:
        """Nothing changes."""

    async def stop(self) -> None:
        """It called nothing."""


async def test_the_timer_of_an_earlier_failover_ends_no_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second announcement begins the time anew; a primary that was replaced, and is one again, isn't released."""
    loop = asyncio.get_running_loop()
    changes: list[bool] = []
    primaries = Primaries(Told(), lambda: None, lambda channel: None, changes.append)
    primaries._apply({A: [range(SLOTS)]})
    later, timers = loop.call_later, list[asyncio.TimerHandle]()

    def call_later(delay: float, callback: Callable[..., object], *args: Any) -> asyncio.TimerHandle:
        timers.append(later(1000, callback, *args))
        return timers[-1]

    def hold() -> asyncio.TimerHandle:
        with monkeypatch.context() as patch:
            patch.setattr(loop, "call_later", call_later)
            primaries._suspend(A)
        return timers[-1]

    def fire(timer: asyncio.TimerHandle) -> None:
        if not timer.cancelled():
            timer._run()

    first, second = hold(), hold()
    fire(first)
    assert (primaries.is_suspended(A), changes) == (True, [False])
    for address in (B, A):
        primaries._apply({address: [range(SLOTS)]})
    assert not primaries.is_suspended(A)
    third = hold()
    fire(second)
    assert primaries.is_suspended(A)
    fire(third)
    assert (primaries.is_suspended(A), changes) == (False, [False, False, True])
    hold()
    await primaries.stop()
    assert timers[-1].cancelled()
