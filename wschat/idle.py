"""The idle clock, which tells whether anyone is talking. Time is an argument, in seconds; no I/O."""

from __future__ import annotations

from enum import Enum

NOTICE_AHEAD = 60.0  # s: people are told this long before an idle stop, or a fifth of a shorter time
NOTICE_PART = 5


class IdleWhen(str, Enum):
    """When a server counts as idle."""

    QUIET = "quiet"  # nobody talks, even if silent people are connected
    EMPTY = "empty"  # nobody is connected


class Idle(Enum):
    """The state of the idle clock."""

    AWAKE = "awake"
    SOON = "soon"
    NOW = "now"


class IdleClock:
    """Tells when nobody has talked for `timeout` seconds; 0 switches it off.

    Activity is: a client that joins, a message from a client, a message delivered to a client, somebody who asks the
    server to stay. The clock runs from the start.
    """

    def __init__(self, timeout: float, when: IdleWhen, now: float) -> None:
        self.timeout = timeout
        self._when = when
        self._last = now

    @property
    def notice_ahead(self) -> float:
        return min(NOTICE_AHEAD, self.timeout / NOTICE_PART)

    def activity(self, now: float) -> None:
        self._last = now

    def left(self, now: float) -> float:
        """The seconds until the stop, unless there is activity."""
        return self._last + self.timeout - now

    def state(self, now: float, connected: int) -> Idle:
        """The state, with `connected` people connected."""
        if self._when is IdleWhen.EMPTY and connected:
            self._last = now
        if not self.timeout:
            return Idle.AWAKE
        left = self.left(now)
        if left <= 0:
            return Idle.NOW
        return Idle.SOON if left <= self.notice_ahead else Idle.AWAKE
