"""How fast a person may post, as one session counts it. Redis counts over all tabs and nodes of the person."""

from __future__ import annotations

from ...limits import Rate

NEW_BURST = 5  # posts that a new person may send in a burst
EARNED_AFTER = 60.0  # s after which a person is no longer new, and may send the whole burst


class PostPace:
    """A person's pace. `rate` is the person's; `since` is when they were first seen, on the clock of `now`, in s."""

    __slots__ = ("_full", "rate", "since")

    def __init__(self, rate: Rate, since: float) -> None:
        self.rate = rate
        self.since = since
        self._full = since  # when the whole burst is there again (the generic cell rate algorithm)

    def burst(self, now: float) -> float:
        """The posts that the person may send in a burst: few at first."""
        first = min(NEW_BURST, self.rate.burst)
        earned = min(1.0, max(0.0, now - self.since) / EARNED_AFTER)
        return first + (self.rate.burst - first) * earned

    def is_new(self, now: float) -> bool:
        """Whether the person was first seen less than EARNED_AFTER ago."""
        return now - self.since < EARNED_AFTER

    def usage(self, now: float) -> float:
        """The used part of the whole burst at the moment: 0.0: none, 1.0: all of it."""
        debt = max(0.0, self._full - now) * self.rate.per_second
        return min(1.0, debt / self.rate.burst) if debt else 0.0

    def wait(self, now: float) -> float:
        """The seconds until one more post is within the pace; 0.0 or less: it is now."""
        return max(self._full, now) + self.rate.interval - (now + self.burst(now) * self.rate.interval)

    def count(self, now: float) -> None:
        """Count a post or a change that is sent now, or will be at its appointment."""
        self._full = max(self._full, now) + self.rate.interval

    def refund(self, count: int = 1) -> None:
        """Stop counting `count` posts, since they had been stored before."""
        self._full -= count * self.rate.interval
