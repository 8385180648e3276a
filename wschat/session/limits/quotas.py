"""Quotas of one session: how often it may send each command, and how many refused commands end it.

Redis counts posts and changes, for all nodes together; the WebSocket counts frames.
"""

from __future__ import annotations

from time import monotonic

from msgspec import Struct

from ...errors import ErrorCode, Refused
from ...limits import WAIT_TOLERANCE, Rate, TokenBucket
from ...protocol import (
    AnyCommand,
    Delete,
    Edit,
    Hello,
    History,
    Messages,
    Moderate,
    People,
    React,
    Rename,
    Renew,
    Search,
)

RATES: dict[type[AnyCommand], Rate] = {
    Hello: Rate(0.5, 10),  # each asks Redis for a name
    People: Rate(5, 30),  # in a crowd each takes some milliseconds; a search while typing is well within it
    History: Rate(10, 40),  # each may read from Redis; scrolling back quickly is well within it
    Messages: Rate(5, 20),  # as History, but of messages all over the log
    Search: Rate(2, 20),  # each takes some milliseconds; a search while typing is well within it
    Edit: Rate(5, 40),  # each may read the message from Redis, even if it is refused
    Delete: Rate(5, 40),
    React: Rate(10, 60),
    Rename: Rate(0.2, 5),  # each goes to everyone
    Renew: Rate(0.2, 5),
    Moderate: Rate(1, 30),  # Redis counts those that change something, too
}
STRIKES = Rate(1, 50)  # refusals: a page that works as it should gets a handful in its life
IMPATIENCE = 0.2  # of a strike: a command that came before the time that the client was told for its kind
WEIGHTS = {
    # Several commands that were sent together. A command that comes after the time that the client was told has none.
    ErrorCode.RATE_LIMITED: IMPATIENCE,
    # Restrictions that a moderator may have set meanwhile.
    ErrorCode.MUTED: IMPATIENCE,
    ErrorCode.READ_ONLY: IMPATIENCE,
    ErrorCode.SLOW: IMPATIENCE,
    # Faults of the server.
    ErrorCode.UNAVAILABLE: 0.0,
    ErrorCode.BUSY: 0.0,
    ErrorCode.INTERNAL: 0.0,
}


class _Quota(Struct):
    """The quota of one type of command. `waiting`: how many were told to come again, each later than the last."""

    bucket: TokenBucket
    waiting: int = 0

    def take(self, now: float) -> float:
        wait = self.bucket.take(now)
        if not wait:
            if self.waiting:  # a command that was told to wait has come again; or all have been given up
                self.waiting = 0 if self.bucket.level(now) > 0.5 else self.waiting - 1
            return 0.0
        self.waiting += 1
        return wait + (self.waiting - 1) / self.bucket.per_second


class SessionQuotas:
    """One session's counts. They are made when first needed: most sessions never need them."""

    __slots__ = ("_quotas", "_strikes", "_told")

    def __init__(self) -> None:
        self._quotas: dict[type[AnyCommand], _Quota] | None = None
        self._strikes: TokenBucket | None = None
        self._told: dict[str, float] | None = None  # until when the client was told to wait, by the refusal's text

    def allow(self, kind: type[AnyCommand]) -> None:
        """Count a command. Raises Refused(rate_limited).

        Commands that come at once each get another `retry_after`: if the client obeys, each is refused once at most.
        """
        rate = RATES.get(kind)
        if rate is None:
            return
        if self._quotas is None:
            self._quotas = {}
        quota = self._quotas.get(kind)
        if quota is None:
            quota = self._quotas[kind] = _Quota(TokenBucket(*rate))
        wait = quota.take(monotonic())
        if wait:
            raise Refused(ErrorCode.RATE_LIMITED, f"too many {kind.__name__.lower()} commands", retry_after=wait)

    def strike(self, refused: Refused) -> bool:
        """Count a refusal. True: that was one too many, and the client is to be disconnected."""
        weight = self._weight(refused) if refused.strike is None else refused.strike
        if not weight:
            return False
        if self._strikes is None:
            self._strikes = TokenBucket(*STRIKES)
        return bool(self._strikes.take(monotonic(), weight))

    def _weight(self, refused: Refused) -> float:
        if refused.code in (ErrorCode.RATE_LIMITED, ErrorCode.SLOW) and self._has_waited(refused):
            return 0.0
        return WEIGHTS.get(refused.code, 1.0)

    def _has_waited(self, refused: Refused) -> bool:
        """Whether the client has waited as long as it was told at the last refusal with this text."""
        if self._told is None:
            self._told = {}
        now = monotonic()
        told = self._told.get(refused.detail, now)
        self._told[refused.detail] = max(told, now + float(refused.facts.get("retry_after", 0.0)))
        return now >= told - WAIT_TOLERANCE
