"""Decides which posts and changes of a session may go to Redis now: the person's pace, the address's share, the number
that wait.
"""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from ...broker import IGNORE_PACE, ONLY_IF_STORED, PaceShare
from ...errors import ErrorCode, Refused
from ..session_services import SessionLimits
from ..standing import Standing
from .address_share import AddressShare
from .appointments import Appointments
from .post_pace import PostPace
from .quotas import IMPATIENCE

BUSY_RETRY = 1.0  # s after which a client that has too many posts on their way may try again
ENVELOPE = 200  # bytes of a message besides its text
PICTURE_SIZE = 80  # bytes of each picture in a message
REACTION_SIZE = 1000  # bytes that a reaction counts as if its message isn't in memory
RESERVE = 0.5  # of a room's pace is out of reach of people who have used up their own
NEWCOMERS_LESS = 0.2  # of it is out of reach of new people


class _Early(NamedTuple):
    """A post that came before its time."""

    is_lookup_only: bool  # Redis is only asked for its number
    is_impatient: bool


_IN_TIME = _Early(is_lookup_only=False, is_impatient=False)


class PostQuotas:
    """Quotas of one session: its person's pace, and its address's share, which doesn't bind it while its `standing` is
    a moderator's. `waiting`: the number of posts and changes on their way to Redis.
    """

    __slots__ = ("_appointments", "_early", "_limits", "_pace", "_share", "_standing", "waiting")

    def __init__(self, limits: SessionLimits, pace: PostPace, share: AddressShare | None, standing: Standing) -> None:
        self.waiting = 0
        self._limits = limits
        self._pace = pace
        self._appointments = Appointments(pace)
        self._share = share
        self._standing = standing
        self._early: dict[str, _Early] = {}  # posts on their way that came before their time: few

    @property
    def _address(self) -> AddressShare | None:
        return None if self._standing.role else self._share

    def take(self, post: str, size: int) -> PaceShare:
        """Count a post with a text of `size` bytes; return its share of the room's pace, or ONLY_IF_STORED.

        Raises Refused (rate_limited, busy).
        """
        now = monotonic()
        size += ENVELOPE
        room_share = self._room_share(now)
        is_impatient = self._appointments.is_impatient(post, now)
        wait, is_full = self._appointments.take(post, now), self.waiting >= self._limits.posts_waiting
        if not (wait or is_full) and self._address is not None:
            wait = self._address.take_post(size, is_new=self._pace.is_new(now))
            if wait:
                wait = self._appointments.postpone(post, wait, now)
        if is_full:
            raise self._too_many(wait, is_impatient)
        if wait or is_impatient:
            self._early[post] = _Early(wait > 0, is_impatient)
        self.waiting += 1
        return ONLY_IF_STORED if wait else room_share

    def take_change(self, size: int) -> PaceShare:
        """Count an edit, a deletion or a reaction of `size` bytes; return its share of the room's pace.

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

    def stored(self, posts: list[str], repeats: int) -> None:
        """Stop waiting for posts that are stored; `repeats` of them had been stored before, and don't count."""
        self.waiting -= len(posts)
        if repeats:
            self._pace.refund(repeats)
        if self._early:
            for post in posts:
                self._early.pop(post, None)

    def refused(self, post: str, refused: Refused) -> None:
        """Stop waiting for a post that isn't stored. If it came too fast, put into `refused` when it may come again."""
        self.waiting -= 1
        early = self._early.pop(post, _IN_TIME)
        if refused.code is ErrorCode.RATE_LIMITED:
            now = monotonic()
            if not early.is_lookup_only:
                self._appointments.postpone(post, float(refused.facts["retry_after"]), now)
            refused.facts["retry_after"] = self._appointments.remaining(post, now)
            refused.strike = IMPATIENCE if early.is_impatient else 0.0

    def _too_many(self, wait: float, is_impatient: bool) -> Refused:
        if not wait:
            self._pace.refund()
            return Refused(ErrorCode.BUSY, "too many posts are waiting for their ack", retry_after=BUSY_RETRY)
        refused = Refused(ErrorCode.RATE_LIMITED, "too many posts", retry_after=wait)
        refused.strike = IMPATIENCE if is_impatient else 0.0
        return refused

    def _room_share(self, now: float) -> PaceShare:
        """The share of the room's pace that a post may use: less for people who have written much, or are new.

        So a flood that fills the room's pace leaves a part of it to everybody else. IGNORE_PACE: for moderators,
        and on this machine.
        """
        if self._address is None:
            return IGNORE_PACE
        is_new = self._pace.is_new(now)
        used = max(self._pace.usage(now), self._address.post_usage(is_new=is_new))
        return 1.0 - RESERVE * used - (NEWCOMERS_LESS if is_new else 0.0)
