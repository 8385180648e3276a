"""What one session may ask of the server, and how often it may be wrong before it is shown the door.

Posts aren't counted here but where all nodes meet, in Redis; frames are counted by the socket.
"""

from __future__ import annotations

import asyncio

from ..clocks import Pace, RateLimit
from ..errors import ErrorCode, Refused
from ..protocol import AnyCommand, Hello, History, People, Rename, Renew

PACES: dict[type[AnyCommand], Pace] = {
    Hello: Pace(0.5, 10),  # each asks Redis for a name
    People: Pace(5, 30),  # in a crowd each takes some milliseconds; a search as one types is well within it
    History: Pace(10, 40),  # each may read from Redis; scrolling back quickly is well within it
    Rename: Pace(0.2, 5),  # each is told to everyone
    Renew: Pace(0.2, 5),
}
STRIKES = Pace(1, 50)  # refusals: a page that works as it should gets a handful in its life
WEIGHTS = {
    # A page that comes back with an outbox full of posts gets some of these without being wrong.
    ErrorCode.RATE_LIMITED: 0.2,
    # These are ours to answer for.
    ErrorCode.UNAVAILABLE: 0.0,
    ErrorCode.BUSY: 0.0,
    ErrorCode.INTERNAL: 0.0,
}


class Manners:
    """One session's account. Empty until there is something to count: most sessions never need it."""

    __slots__ = ("_paces", "_strikes")

    def __init__(self) -> None:
        self._paces: dict[type[AnyCommand], RateLimit] | None = None
        self._strikes: RateLimit | None = None

    def allow(self, kind: type[AnyCommand]) -> None:
        """Count a command. Raises Refused(rate_limited)."""
        limit = PACES.get(kind)
        if limit is None:
            return
        if self._paces is None:
            self._paces = {}
        pace = self._paces.setdefault(kind, RateLimit(*limit))
        wait = pace.take(asyncio.get_running_loop().time())
        if wait:
            raise Refused(ErrorCode.RATE_LIMITED, "too many such commands", retry_after=wait)

    def strike(self, code: ErrorCode) -> bool:
        """Count a refusal. True: that was one too many."""
        if self._strikes is None:
            self._strikes = RateLimit(*STRIKES)
        return bool(self._strikes.take(asyncio.get_running_loop().time(), WEIGHTS.get(code, 1.0)))
