"""Quotas of one session: how often it may send each command, and how many refused commands end it.

Posts and changes aren't counted here but where all nodes meet, in Redis; frames are counted by the socket.
"""

from __future__ import annotations

import asyncio

from ..errors import ErrorCode, Refused
from ..protocol import AnyCommand, Delete, Edit, Hello, History, Messages, People, React, Rename, Renew
from ..rate_limit import Rate, TokenBucket

RATES: dict[type[AnyCommand], Rate] = {
    Hello: Rate(0.5, 10),  # each asks Redis for a name
    People: Rate(5, 30),  # in a crowd each takes some milliseconds; a search as one types is well within it
    History: Rate(10, 40),  # each may read from Redis; scrolling back quickly is well within it
    Messages: Rate(5, 20),  # as History, but of messages all over the log
    Edit: Rate(5, 40),  # each may read the message from Redis, also where it is refused
    Delete: Rate(5, 40),
    React: Rate(10, 60),
    Rename: Rate(0.2, 5),  # each is told to everyone
    Renew: Rate(0.2, 5),
}
STRIKES = Rate(1, 50)  # refusals: a page that works as it should gets a handful in its life
WEIGHTS = {
    # Several commands that were on their way together. One that comes after the time that the client was told is none.
    ErrorCode.RATE_LIMITED: 0.2,
    # These are the fault of the server.
    ErrorCode.UNAVAILABLE: 0.0,
    ErrorCode.BUSY: 0.0,
    ErrorCode.INTERNAL: 0.0,
}


class SessionQuotas:
    """One session's counts. Empty until there is something to count: most sessions never need it."""

    __slots__ = ("_buckets", "_strikes", "_told")

    def __init__(self) -> None:
        self._buckets: dict[type[AnyCommand], TokenBucket] | None = None
        self._strikes: TokenBucket | None = None
        self._told: dict[str, float] | None = None  # until when the client was told to wait, by what was refused

    def allow(self, kind: type[AnyCommand]) -> None:
        """Count a command. Raises Refused(rate_limited)."""
        rate = RATES.get(kind)
        if rate is None:
            return
        if self._buckets is None:
            self._buckets = {}
        bucket = self._buckets.setdefault(kind, TokenBucket(*rate))
        wait = bucket.take(asyncio.get_running_loop().time())
        if wait:
            raise Refused(ErrorCode.RATE_LIMITED, f"too many {kind.__name__.lower()} commands", retry_after=wait)

    def strike(self, refused: Refused) -> bool:
        """Count a refusal. True: that was one too many, and the client is to be disconnected."""
        now = asyncio.get_running_loop().time()
        if refused.code is ErrorCode.RATE_LIMITED and self._has_waited(refused, now):
            return False
        if self._strikes is None:
            self._strikes = TokenBucket(*STRIKES)
        return bool(self._strikes.take(now, WEIGHTS.get(refused.code, 1.0)))

    def _has_waited(self, refused: Refused, now: float) -> bool:
        """Has the client waited as long as it was told the last time that this was refused?"""
        if self._told is None:
            self._told = {}
        told = self._told.get(refused.detail, now)
        self._told[refused.detail] = max(told, now + float(refused.facts.get("retry_after", 0.0)))
        return now >= told
