"""Time without I/O: the idle clock and the rate limit. Each takes the time as an argument, in seconds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

NOTICE_AHEAD = 60.0  # s: people are told this long before an idle stop, or a fifth of a shorter time
NOTICE_PART = 5


class IdleWhen(str, Enum):
    """When a server counts as idle."""

    QUIET = "quiet"  # nobody talks, also with silent people connected
    EMPTY = "empty"  # nobody is connected


class Idle(Enum):
    """What the idle clock says."""

    AWAKE = "awake"
    SOON = "soon"
    NOW = "now"


class IdleClock:
    """Is anyone talking? `timeout` in seconds; 0 switches it off.

    Activity is: a client that joined, a message from a client, a message delivered to a client, somebody who asks
    it to stay. The clock runs from the start.
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
        """Seconds until the stop, unless something happens."""
        return self._last + self.timeout - now

    def look(self, now: float, connected: int) -> Idle:
        """How things stand with so many people connected."""
        if self._when is IdleWhen.EMPTY and connected:
            self._last = now
        if not self.timeout:
            return Idle.AWAKE
        left = self.left(now)
        if left <= 0:
            return Idle.NOW
        return Idle.SOON if left <= self.notice_ahead else Idle.AWAKE


class Pace(NamedTuple):
    """How fast something may come: `rate` a second, `burst` at once. A rate of 0 is no limit."""

    rate: float
    burst: float

    @property
    def interval_ms(self) -> int:
        return max(1, round(1000 / self.rate)) if self.rate else 0

    @property
    def ahead_ms(self) -> int:
        """How far ahead of an even pace somebody may be."""
        return round(self.interval_ms * self.burst)


NO_PACE = Pace(0, 0)


@dataclass(slots=True)
class RateLimit:
    """A token bucket: `rate` a second, `burst` at once."""

    rate: float
    burst: float
    _tokens: float = -1.0
    _last: float = 0.0

    def take(self, now: float, count: float = 1.0) -> float:
        """0.0 when `count` more are allowed (and counted), else the seconds until they would be.

        A limit without a rate allows everything.
        """
        if not self.rate:
            return 0.0
        if self._tokens < 0:
            self._tokens = self.burst
        else:
            self._tokens = min(self.burst, self._tokens + (now - self._last) * self.rate)
        self._last = now
        if self._tokens >= count:
            self._tokens -= count
            return 0.0
        return (count - self._tokens) / self.rate


class RateLimits:
    """The same limit for many, each by a key; beyond `most`, those seen longest ago are forgotten."""

    def __init__(self, pace: Pace, most: int = 10_000) -> None:
        self._pace = pace
        self._most = most
        self._limits: OrderedDict[str, RateLimit] = OrderedDict()

    def __len__(self) -> int:
        return len(self._limits)

    def take(self, key: str, now: float) -> float:
        """As RateLimit.take, for `key`."""
        limit = self._limits.pop(key, None) or RateLimit(*self._pace)
        self._limits[key] = limit
        if len(self._limits) > self._most:
            self._limits.popitem(last=False)
        return limit.take(now)
