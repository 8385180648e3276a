"""Which posts of a session may go to Redis now, and when the others are to come again.

Redis counts what a person posts over all tabs and nodes. This is the same count for one session, so that each post
that is refused is told another moment, in the order in which they came: a client that obeys is refused each post once
or twice, however many it had waiting, and is never disconnected.
"""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from ..broker import ONLY_IF_STORED
from ..errors import ErrorCode, Refused
from ..rate_limit import ROUNDING, Rate
from .address import AddressShare
from .quotas import IMPATIENCE
from .services import Limits
from .standing import Standing

RESERVED_MAX = 64  # posts for which a moment is set aside
MARGIN = 0.05  # s later than it could be: Redis begins to count when it gets the first post, which takes a moment
RETURN_GRACE = 5.0  # s after its moment in which a post is expected back
NEW_BURST = 5  # posts that a newcomer may send in a burst
EARNED_AFTER = 60.0  # s after which a person is no newcomer, and may send the whole burst

BUSY_RETRY = 1.0  # s after which a client may try again that has too many posts on their way
ENVELOPE = 200  # bytes of a message besides its text
REACTION_SIZE = 1000  # bytes that a reaction counts as where its message isn't in memory
RESERVE = 0.5  # of a room's pace is out of reach of those who have used up their own
NEWCOMERS_LESS = 0.2  # of it is out of reach of those who have just come


class _Moment(NamedTuple):
    """When a post may come again, and when the client was told to send it."""

    due: float
    told: float


class PostPace:
    """`rate` is a person's; `since` is when they were first seen, in s of the clock that `now` is always taken from."""

    __slots__ = ("_due", "_full", "_last_far", "_last_told", "_rate", "_since")

    def __init__(self, rate: Rate, since: float) -> None:
        self._rate = rate
        self._since = since
        self._full = since  # when the whole burst is there again (the generic cell rate algorithm)
        self._due: dict[str, _Moment] = {}  # posts that were told to come again, in the order in which they came
        self._last_told = since  # by Redis: the latest moment
        self._last_far = since  # the latest moment of those that none is set aside for

    def burst(self, now: float) -> float:
        """The posts that the person may send in a burst: few at first."""
        first = min(NEW_BURST, self._rate.burst)
        earned = min(1.0, max(0.0, now - self._since) / EARNED_AFTER)
        return first + (self._rate.burst - first) * earned

    def usage(self, now: float) -> float:
        """The used share of the whole burst at the moment: 0.0 none, 1.0 all of it."""
        debt = max(0.0, self._full - now) * self._rate.per_second
        return min(1.0, debt / self._rate.burst) if debt else 0.0

    def take(self, post: str, now: float) -> float:
        """The seconds until this post may be sent; 0.0: now, and it counts."""
        if not self._rate.per_second:
            return 0.0
        known = self._due.get(post)
        wait = self._wait_for_turn(post, now) if known is None else known.due - now
        if wait <= 0 or (known is None and post not in self._due):
            self._due.pop(post, None)
            return max(0.0, wait)  # what was set aside for it was counted then
        late = next((one for one, moment in self._due.items() if moment.due <= now), None)
        if late is None:
            return wait
        # A moment that has passed unused: this post takes it, and leaves its own to the other, should that come.
        self._due[late] = self._due[late]._replace(due=self._due.pop(post).due)
        return 0.0

    def count(self, now: float) -> None:
        """A change is made, which Redis counts like a post."""
        self._full = max(self._full, now) + self._rate.interval

    def refund(self, count: int = 1) -> None:
        """So many posts count no longer: they had been stored before."""
        self._full -= count * self._rate.interval

    def postpone(self, post: str, wait: float, now: float) -> float:
        """Redis or the address is at its limit: the post may be sent in `wait` s, later if others were told the same.

        Returns the seconds until then.
        """
        self._last_told = due = max(now + wait + MARGIN, self._last_told + self._rate.interval)
        self._due[post] = _Moment(due, due)
        self._forget_abandoned(now)
        return due - now

    def remaining(self, post: str, now: float) -> float:
        """The seconds until a post that was refused may come again."""
        moment = self._due.get(post)
        return max(self._rate.interval, moment.due - now if moment else 0.0)

    def is_impatient(self, post: str, now: float) -> bool:
        """Was this post told a later moment, or does the client not wait for answers?"""
        if not self._due:
            return False
        moment = self._due.get(post)
        return (moment is not None and moment.told > now + ROUNDING) or self.is_overdrawn()

    def is_new(self, now: float) -> bool:
        """Is it a person who has just come for the first time?"""
        return now - self._since < EARNED_AFTER

    def is_overdrawn(self) -> bool:
        """Has the client more posts waiting than moments can be set aside for? Then it doesn't wait for answers."""
        return len(self._due) >= RESERVED_MAX

    # -- within --------------------------------------------------------------------------

    def _wait_for_turn(self, post: str, now: float) -> float:
        self._forget_abandoned(now)
        begin = max(self._full, now)
        wait = begin + self._rate.interval - (now + self.burst(now) * self._rate.interval)
        if self._last_told > now:  # none may overtake those that Redis has refused
            wait = max(wait, self._last_told + self._rate.interval - now)
        if wait > ROUNDING and self.is_overdrawn():
            self._last_far = max(self._last_far + self._rate.interval, now + wait + MARGIN)
            return self._last_far - now
        self._full = begin + self._rate.interval
        if wait <= ROUNDING:
            return 0.0
        due = now + wait + MARGIN
        self._due[post] = _Moment(due, due)
        return wait + MARGIN

    def _forget_abandoned(self, now: float) -> None:
        for post in [post for post, moment in self._due.items() if moment.due + RETURN_GRACE < now]:
            del self._due[post]


class _Early(NamedTuple):
    """A post that came before its time."""

    is_held: bool  # Redis is asked for its number only
    is_impatient: bool


_IN_TIME = _Early(is_held=False, is_impatient=False)


class PostQuotas:
    """Quotas of one session: its person's pace, and its address's share, which doesn't bind it while its `standing` is
    a moderator's. `waiting`: posts on their way to Redis.
    """

    __slots__ = ("_early", "_limits", "_pace", "_share", "_standing", "waiting")

    def __init__(self, limits: Limits, pace: PostPace, share: AddressShare | None, standing: Standing) -> None:
        self.waiting = 0
        self._limits = limits
        self._pace = pace
        self._share = share
        self._standing = standing
        self._early: dict[str, _Early] | None = None  # posts on their way that came before their time: few have any

    @property
    def _address(self) -> AddressShare | None:
        return None if self._standing.role else self._share

    def take(self, post: str, size: int) -> float:
        """Count a post with a text of `size` bytes; returns its share of the room's pace, or ONLY_IF_STORED.

        Raises Refused (rate_limited, busy).
        """
        now = monotonic()
        size += ENVELOPE
        room_share = self._room_share(now)
        is_impatient = self._pace.is_impatient(post, now)
        wait, is_full = self._pace.take(post, now), self.waiting >= self._limits.posts_waiting
        if not (wait or is_full) and self._address is not None:
            wait = self._address.take_post(size, is_new=self._pace.is_new(now))
            if wait:
                wait = self._pace.postpone(post, wait, now)
        if is_full:
            raise self._too_many(post, wait, is_impatient)
        if wait or is_impatient:
            self._early = self._early or {}
            self._early[post] = _Early(wait > 0, is_impatient)
        self.waiting += 1
        return ONLY_IF_STORED if wait else room_share

    def take_change(self, size: int) -> float:
        """Count an edit, a deletion or a reaction of `size` bytes; returns its share of the room's pace.

        Raises Refused (rate_limited, busy).
        """
        if self.waiting >= self._limits.posts_waiting:
            raise Refused(ErrorCode.BUSY, "too many posts are waiting for their ack", retry_after=BUSY_RETRY)
        now = monotonic()
        room_share = self._room_share(now)
        if self._address is not None:
            wait = self._address.take_post(size + ENVELOPE, is_new=self._pace.is_new(now))
            if wait:
                raise Refused(ErrorCode.RATE_LIMITED, "too many changes from this address", retry_after=wait)
        self._pace.count(now)
        self.waiting += 1
        return room_share

    def stored(self, posts: list[str], again: int) -> None:
        """These are in the log; so many of them had been before, and don't count."""
        self.waiting -= len(posts)
        if again:
            self._pace.refund(again)
        if self._early:
            for post in posts:
                self._early.pop(post, None)

    def refused(self, post: str, refused: Refused) -> None:
        """It isn't stored. Where it came too fast, say in `refused` when it may come again."""
        self.waiting -= 1
        early = self._early.pop(post, _IN_TIME) if self._early else _IN_TIME
        if refused.code is ErrorCode.RATE_LIMITED:
            now = monotonic()
            if not early.is_held:
                self._pace.postpone(post, float(refused.facts["retry_after"]), now)
            refused.facts["retry_after"] = self._pace.remaining(post, now)
            refused.strike = IMPATIENCE if early.is_impatient else 0.0

    def _too_many(self, post: str, wait: float, is_impatient: bool) -> Refused:
        if not wait:
            self._pace.refund()
            return Refused(ErrorCode.BUSY, "too many posts are waiting for their ack", retry_after=BUSY_RETRY)
        refused = Refused(ErrorCode.RATE_LIMITED, "too many posts", retry_after=wait)
        refused.strike = IMPATIENCE if is_impatient else 0.0
        return refused

    def _room_share(self, now: float) -> float:
        """The share of the room's pace that a post may use: less for those who have written much, or just joined.

        So a flood that fills the room's pace leaves something of it to everybody else. Nobody on this machine is bound
        by it.
        """
        if self._address is None:
            return 0.0
        is_new = self._pace.is_new(now)
        used = max(self._pace.usage(now), self._address.post_usage(is_new=is_new))
        return 1.0 - RESERVE * used - (NEWCOMERS_LESS if is_new else 0.0)
