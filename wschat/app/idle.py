"""The idle stop: watches the idle clock, and tells people before it is too late."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from ..idle import Idle, IdleClock
from ..protocol import Notice

LOOK_EVERY = 1.0  # s, or a twentieth of a short time-out
LOOK_PART = 20


class IdleWatch:
    """`tell` sends a notice to everyone connected."""

    def __init__(self, idle: IdleClock, clock: Callable[[], float], tell: Callable[[Notice], None]) -> None:
        self._idle = idle
        self._clock = clock
        self._tell = tell
        self._told = False

    def activity(self) -> None:
        self._idle.activity(self._clock())
        if self._told:
            self._told = False
            self._tell(Notice("active"))

    def look(self, connected: int) -> bool:
        """Is it time to stop? Tells people when that is near."""
        now = self._clock()
        state = self._idle.look(now, connected)
        if state is Idle.SOON and not self._told:
            self._told = True
            self._tell(Notice("idle", seconds=math.ceil(self._idle.left(now))))
        return state is Idle.NOW

    async def until_idle(self, connected: Callable[[], int]) -> None:
        """Return when the server is to stop."""
        pause = min(LOOK_EVERY, (self._idle.timeout or LOOK_EVERY * LOOK_PART) / LOOK_PART)
        while not self.look(connected()):
            await asyncio.sleep(pause)
