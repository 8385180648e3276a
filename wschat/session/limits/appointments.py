"""When posts that came too fast are to come again: each at another time, in the order in which they came.

A client that obeys is refused each post once or twice, however many it had waiting, and is never disconnected.
"""

from __future__ import annotations

from typing import NamedTuple

from ...rate_limit import WAIT_TOLERANCE
from .post_pace import PostPace

APPOINTMENTS_MAX = 64  # posts that have one
MARGIN = 0.05  # s later than it could be: Redis begins to count when it gets the first post, which takes a moment
RETURN_GRACE = 5.0  # s after its appointment in which a post is expected back


class _Appointment(NamedTuple):
    """When a post may come again, and when the client was told to send it."""

    due: float
    told: float


class Appointments:
    """`pace` is the person's: a post that gets an appointment counts from then on."""

    __slots__ = ("_last_far", "_last_told", "_made", "_pace")

    def __init__(self, pace: PostPace) -> None:
        self._pace = pace
        self._made: dict[str, _Appointment] = {}  # by post, in the order in which they came
        self._last_told = pace.since  # by Redis: the latest time
        self._last_far = pace.since  # the latest time told to posts that got no appointment

    def take(self, post: str, now: float) -> float:
        """The seconds until this post may be sent; 0.0: now, and it counts."""
        if not self._pace.rate.per_second:
            return 0.0
        if post not in self._made:
            self._forget_missed(now)
            wait = self._wait(now)
            if wait > WAIT_TOLERANCE and self.is_full:
                return self._far(wait, now)
            self._pace.count(now)
            if wait <= WAIT_TOLERANCE:
                return 0.0
            self._make(post, now + wait + MARGIN)
        return self._keep(post, now)

    def postpone(self, post: str, wait: float, now: float) -> float:
        """Redis or the address is at its limit: the post may be sent in `wait` s, later if others were told the same.

        Returns the seconds until then.
        """
        self._last_told = max(now + wait + MARGIN, self._last_told + self._pace.rate.interval)
        self._make(post, self._last_told)
        self._forget_missed(now)
        return self._last_told - now

    def remaining(self, post: str, now: float) -> float:
        """The seconds until a post that was refused may come again."""
        made = self._made.get(post)
        return max(self._pace.rate.interval, made.due - now if made else 0.0)

    def is_impatient(self, post: str, now: float) -> bool:
        """Was this post told a later time, or does the client not wait for answers?"""
        if not self._made:
            return False
        made = self._made.get(post)
        return (made is not None and made.told > now + WAIT_TOLERANCE) or self.is_full

    @property
    def is_full(self) -> bool:
        """Has the client as many appointments as it can get? Then it doesn't wait for answers."""
        return len(self._made) >= APPOINTMENTS_MAX

    # -- within --------------------------------------------------------------------------

    def _wait(self, now: float) -> float:
        """The seconds until another post may be sent."""
        wait = self._pace.wait(now)
        if self._last_told > now:  # none may overtake those that Redis has refused
            wait = max(wait, self._last_told + self._pace.rate.interval - now)
        return wait

    def _make(self, post: str, due: float) -> None:
        self._made[post] = _Appointment(due, due)

    def _keep(self, post: str, now: float) -> float:
        """A post has come that has an appointment: the seconds until that, or 0.0, and the post counts already."""
        due = self._made[post].due
        if due <= now:
            del self._made[post]
            return 0.0
        late = next((one for one, made in self._made.items() if made.due <= now), None)
        if late is None:
            return due - now
        # One that has passed unused: this post takes it, and leaves its own to the other, should that come.
        self._made[late] = self._made[late]._replace(due=due)
        del self._made[post]
        return 0.0

    def _far(self, wait: float, now: float) -> float:
        """A time for a post that gets no appointment."""
        self._last_far = max(self._last_far + self._pace.rate.interval, now + wait + MARGIN)
        return self._last_far - now

    def _forget_missed(self, now: float) -> None:
        for post in [post for post, made in self._made.items() if made.due + RETURN_GRACE < now]:
            del self._made[post]
