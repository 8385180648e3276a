"""The idle stop: watches the idle clock, and warns people before the server stops."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from ..config import Settings
from ..idle import Idle, IdleClock
from ..protocol import Notice, NoticeCode

CHECK_EVERY = 1.0  # s, or 1 / CHECKS of a short time-out
CHECKS = 20


class IdleWatch:
    """Watches the idle clock of a server. `broadcast` sends a notice to everyone connected."""

    def __init__(self, idle: IdleClock, clock: Callable[[], float], broadcast: Callable[[Notice], None]) -> None:
        self._idle = idle
        self._clock = clock
        self._broadcast = broadcast
        self._is_announced = False

    def activity(self) -> None:
        self._idle.activity(self._clock())
        if self._is_announced:
            self._is_announced = False
            self._broadcast(Notice(NoticeCode.ACTIVE))

    def check(self, sessions: int) -> bool:
        """Whether it is time to stop, given the number of sessions. Tells people when that is near."""
        now = self._clock()
        state = self._idle.state(now, sessions)
        if state is Idle.SOON and not self._is_announced:
            self._is_announced = True
            self._broadcast(Notice(NoticeCode.IDLE, seconds=math.ceil(self._idle.left(now))))
        return state is Idle.NOW

    async def until_idle(self, session_count: Callable[[], int], late: float = 0.0) -> None:
        """Return when it is time for the server to stop.

        `late`: by how many s activity and `session_count` may be reported late. It waits so long for the last reports.
        """
        pause = min(CHECK_EVERY, (self._idle.timeout or CHECK_EVERY * CHECKS) / CHECKS)
        while True:
            while not self.check(session_count()):
                await asyncio.sleep(pause)
            if not late:
                return
            await asyncio.sleep(late)
            if self.check(session_count()):
                return


def idle_stop_message(settings: Settings) -> str:
    """The reason why an idle server stops, with the setting."""
    return (
        f"Stopped: no message and no new connection for {settings.idle_timeout:g} s "
        f"({settings.source('idle_timeout')})."
    )
