"""How fast something may come: a token bucket, or one for each key. Time is an argument, in seconds; no I/O."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple


class Rate(NamedTuple):
    """How fast something may come: so many `per_second`, and `burst` at once. 0 per second is no limit."""

    per_second: float
    burst: float

    @property
    def interval_ms(self) -> int:
        return max(1, round(1000 / self.per_second)) if self.per_second else 0

    @property
    def ahead_ms(self) -> int:
        """How far ahead of an even pace somebody may be."""
        return round(self.interval_ms * self.burst)


UNLIMITED = Rate(0, 0)
ROUNDING = 1e-5  # of a token: a client that waits exactly as long as it was told has so much too few at most


@dataclass(slots=True)
class TokenBucket:
    """A token bucket: so many `per_second`, `burst` at once."""

    per_second: float
    burst: float
    _tokens: float = -1.0
    _last: float = 0.0

    def take(self, now: float, count: float = 1.0) -> float:
        """0.0 when `count` more are allowed (and counted), else the seconds until they would be.

        A limit without a rate allows everything.
        """
        if not self.per_second:
            return 0.0
        if self._tokens < 0:
            self._tokens = self.burst
        else:
            self._tokens = min(self.burst, self._tokens + (now - self._last) * self.per_second)
        self._last = now
        if self._tokens >= count - ROUNDING:
            self._tokens = max(0.0, self._tokens - count)
            return 0.0
        return (count - self._tokens) / self.per_second


class TokenBuckets:
    """The same limit for many, each by a key; beyond `most`, those seen longest ago are forgotten."""

    def __init__(self, rate: Rate, most: int = 10_000) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now: float) -> float:
        """As TokenBucket.take, for `key`."""
        bucket = self._buckets.pop(key, None) or TokenBucket(*self._rate)
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return bucket.take(now)
