"""Appointments of posts that came too fast: each is to come again at another time, in the order in which they came.

The posts of an obedient client are each refused once or twice, however many were waiting; it is never disconnected.
"""

from __future__ import annotations

from typing import NamedTuple

from ...limits import WAIT_TOLERANCE
from .post_pace import PostPace

APPOINTMENTS_MAX = 64  # posts that have one
MARGIN = 0.05  # s added to each: Redis begins to count when it gets the first post, which takes a moment
RETURN_GRACE = 5.0  # s after its appointment in which a post is expected back


class _Appointment(NamedTuple):
    """When a post may come again, and when the client was told to send it."""

    due: float
    told: float


class Appointments:
    """The appointments of one session. `pace` is the person's: a post counts as soon as it gets an appointment."""

    __slots__ = ("_last_far", "_last_told", "_made", "_pace")

    def __init__(self, pace: PostPace) -> None:
        self._pace = pace
        self._made: dict[str, _Appointment] = {}  # by post, in the order in which they came
        self._last_told = pace.since  # the latest time told to posts that Redis or the address's limit refused
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
        """Give a new appointment to a post that Redis or the address's limit refused: in `wait` s, or later if others
        were told the same.

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
        """Whether this post comes before the time it was told, or the client doesn't wait for answers."""
        if not self._made:
            return False
        made = self._made.get(post)
        return (made is not None and made.told > now + WAIT_TOLERANCE) or self.is_full

    @property
    def is_full(self) -> bool:
        """Whether the client has as many appointments as it can get, which means that it doesn't wait for answers."""
        return len(self._made) >= APPOINTMENTS_MAX

    # -- within --------------------------------------------------------------------------

    def _wait(self, now: float) -> float:
        """The seconds until another post may be sent."""
        wait = self._pace.wait(now)
        if self._last_told > now:  # no post may overtake those that were postponed
            wait = max(wait, self._last_told + self._pace.rate.interval - now)
        return wait

    def _make(self, post: str, due: float) -> None:
        self._made[post] = _Appointment(due, due)

    def _keep(self, post: str, now: float) -> float:
        """The seconds until the appointment of a post that has come; 0.0: send it now. The post counts already."""
        due = self._made[post].due
        if due <= now:
            del self._made[post]
            return 0.0
        late = next((one for one, made in self._made.items() if made.due <= now), None)
        if late is None:
            return due - now
        # Take over an appointment that has passed unused and swap: if its post still comes, it gets this one's.
        self._made[late] = self._made[late]._replace(due=due)
        del self._made[post]
        return 0.0

    def _far(self, wait: float, now: float) -> float:
        """The seconds until a post that gets no appointment may come again."""
        self._last_far = max(self._last_far + self._pace.rate.interval, now + wait + MARGIN)
        return self._last_far - now

    def _forget_missed(self, now: float) -> None:
        for post in [post for post, made in self._made.items() if made.due + RETURN_GRACE < now]:
            del self._made[post]
