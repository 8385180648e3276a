"""Rate limits: a token bucket, or one for each key. Time is an argument, in seconds; no I/O."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from .recent import Recent


class Rate(NamedTuple):
    """A rate limit: `per_second` on average, and `burst` at once. 0 per second is no limit."""

    per_second: float
    burst: float

    @property
    def interval(self) -> float:
        """The seconds from one to the next at an even pace."""
        return 1 / self.per_second if self.per_second else 0.0

    @property
    def interval_ms(self) -> int:
        return max(1, round(1000 * self.interval)) if self.per_second else 0

    @property
    def ahead_ms(self) -> int:
        """The allowed lead over an even pace, in ms."""
        return round(self.interval_ms * self.burst)


UNLIMITED = Rate(0, 0)
WAIT_TOLERANCE = 1e-5  # s: a client that waits exactly as long as told isn't refused because of a rounding error


class TokenBucket(Struct):
    """A token bucket: `per_second` on average, `burst` at once. Without a rate (0), it allows everything."""

    per_second: float
    burst: float
    _tokens: float = 0.0
    _last: float = float("-inf")

    def take(self, now: float, count: float = 1.0, reserve: float = 0.0) -> float:
        """0.0 if `count` more are allowed (and counted), else the seconds until they would be.

        `reserve` tokens are left to others. A count above the burst is allowed when the bucket is full.
        """
        if not self.per_second:
            return 0.0
        wait = self._until(now, min(count + reserve, self.burst))
        if not wait:
            left = self._tokens - count
            self._tokens = left if abs(left) > WAIT_TOLERANCE * self.per_second else 0.0
        return wait

    def wait(self, now: float) -> float:
        """The seconds until one more would be allowed; it isn't counted."""
        return self._until(now, min(1.0, self.burst)) if self.per_second else 0.0

    def spend(self, now: float, count: float) -> float:
        """Count something that has happened, if need be into debt; return the seconds until that is paid."""
        if not self.per_second:
            return 0.0
        wait = self._until(now, count)
        self._tokens -= count
        return wait

    def debt(self, now: float) -> float:
        """The seconds until nothing is owed."""
        return self._until(now, 0.0) if self.per_second else 0.0

    def level(self, now: float) -> float:
        """The fill level: 1.0 is full, 0.0 is empty."""
        if not self.per_second:
            return 1.0
        self._until(now, 0.0)
        return max(0.0, self._tokens / self.burst)

    def _until(self, now: float, count: float) -> float:
        """Fill the bucket up to now; return the seconds until there are `count` tokens."""
        self._tokens = min(self.burst, self._tokens + (now - self._last) * self.per_second)
        self._last = now
        wait = (count - self._tokens) / self.per_second
        return wait if wait > WAIT_TOLERANCE else 0.0


class TokenBuckets:
    """One rate for many keys, each with a bucket of its own, which is forgotten if the key isn't seen for long."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: Recent[str, TokenBucket] = Recent()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, key: str, now: float) -> float:
        """0.0 if one more is allowed for `key` (and counted), else the seconds until it would be."""
        bucket = self._buckets.get(key) or TokenBucket(*self._rate)
        self._buckets.touch(key, bucket)
        return bucket.take(now)

    def wait(self, key: str, now: float) -> float:
        """The seconds until one more would be allowed for `key`; it isn't counted."""
        bucket = self._buckets.get(key)
        return bucket.wait(now) if bucket else 0.0
