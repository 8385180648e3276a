"""For how long somebody may stay whom a site vouches for: told before the end, and shown out at it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

NOTICE_AHEAD = 60.0  # s: time enough for a page to ask its site for another token


class Permit:
    """`soon` is called with the seconds that are left, `over` at the end."""

    def __init__(self, soon: Callable[[int], None], over: Callable[[], None]) -> None:
        self._soon = soon
        self._over = over
        self._timers: list[asyncio.TimerHandle] = []

    def lasts(self, seconds: float) -> None:
        """From now on so long, whatever was said before."""
        self.cancel()
        loop = asyncio.get_running_loop()
        ahead = min(NOTICE_AHEAD, seconds / 2)
        self._timers = [
            loop.call_later(seconds - ahead, self._soon, math.ceil(ahead)),
            loop.call_later(seconds, self._over),
        ]

    def cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
