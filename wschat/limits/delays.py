"""Waits after failures, each twice as long as the one before. Time is an argument, in seconds; no I/O."""

from __future__ import annotations

from .rate_limit import WAIT_TOLERANCE
from .recent import Recent

FIRST_DELAY = 1.0  # s after the first failure, doubled with each
LONGEST_DELAY = 60.0
FORGIVEN_AFTER = 900.0  # s without another attempt


class Delays:
    """Growing delays after failures: `free` failures cost nothing, then each doubles the wait. When there are
    too many keys, those that failed longest ago are dropped.
    """

    def __init__(self, free: int = 0) -> None:
        self._free = free
        self._failures: Recent[str, tuple[int, float]] = Recent()  # how often, and until when to wait

    def __len__(self) -> int:
        return len(self._failures)

    def wait(self, key: str, now: float) -> float:
        """The seconds that `key` must wait."""
        wait = self._failures.get(key, (0, now))[1] - now
        return wait if wait > WAIT_TOLERANCE else 0.0

    def count(self, key: str) -> int:
        """The failures of `key` in a row."""
        return self._failures.get(key, (0, 0.0))[0]

    def failed(self, key: str, now: float) -> float:
        """Count a failure; return the seconds that `key` must wait now."""
        count, until = self._failures.get(key, (0, now))
        count = 1 if now - until > FORGIVEN_AFTER else count + 1
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(count - self._free - 1, 10)) if count > self._free else 0.0
        self._failures.touch(key, (count, now + delay))
        return delay

    def forget(self, key: str) -> None:
        self._failures.pop(key, None)
