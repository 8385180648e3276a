"""Waits after failures, each twice as long as the one before. Time is an argument, in seconds; no I/O."""

from __future__ import annotations

from collections import OrderedDict

from .rate_limit import WAIT_TOLERANCE

FIRST_DELAY = 1.0  # s after the first failure, doubled with each
LONGEST_DELAY = 60.0
FORGIVEN_AFTER = 900.0  # s without another attempt
REMEMBERED = 10_000  # keys


class Delays:
    """Growing delays after failures: `free` failures cost nothing, then each doubles the wait. When there are
    too many keys, those that failed longest ago are dropped.
    """

    def __init__(self, free: int = 0) -> None:
        self._free = free
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()  # how often, and until when to wait

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
        count, until = self._failures.pop(key, (0, now))
        count = 1 if now - until > FORGIVEN_AFTER else count + 1
        delay = min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(count - self._free - 1, 10)) if count > self._free else 0.0
        self._failures[key] = (count, now + delay)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)
        return delay

    def forget(self, key: str) -> None:
        self._failures.pop(key, None)
