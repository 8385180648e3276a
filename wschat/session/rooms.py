"""What all sessions of a node share: its rooms, what they may do there, and who listens to what happens."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from ..access import Access
from ..broker import Broker
from ..errors import ErrorCode, Refused
from ..hub import Hub
from ..identity import Identity
from ..names import NAME_MAX
from ..presence import Presence
from ..protocol import HISTORY_MAX
from ..protocol import Limits as WireLimits
from ..rate_limit import Rate, TokenBuckets

NEW_ROOMS = Rate(0.1, 50)  # rooms that nobody is in, for one address: a class may have one for each pair
LINGER = 30.0  # s that a room stays subscribed after its last session left


@dataclass(frozen=True)
class Limits:
    """What one session may do. Times in seconds."""

    text: int = 4000
    posts_waiting: int = 32
    typing_every: float = 3.0
    room_linger: float = LINGER

    def on_the_wire(self) -> WireLimits:
        return WireLimits(self.text, NAME_MAX, HISTORY_MAX, self.posts_waiting)


class Rooms:
    """The node's rooms as a session sees them.

    `activity` is called when somebody joins, talks, or asks the server to stay; `is_up` says whether Redis answers.
    """

    def __init__(
        self,
        hub: Hub,
        broker: Broker,
        presence: Presence,
        identity: Identity,
        access: Access,
        *,
        limits: Limits,
        activity: Callable[[], None],
        is_up: Callable[[], bool],
        greeting: str,
        version: str,
    ) -> None:
        self.hub = hub
        self.broker = broker
        self.presence = presence
        self.identity = identity
        self.access = access
        self.limits = limits
        self.activity = activity
        self.is_up = is_up
        self.greeting = greeting
        self.version = version
        self._used: Counter[str] = Counter()
        self._new_rooms = TokenBuckets(NEW_ROOMS)
        self._unused_since: dict[str, float] = {}

    def use(self, room: str, limit_key: str = "") -> None:
        """A session from the address `limit_key` ("" for one without limits) is in the room, or about to be.

        Raises Refused(rate_limited) where somebody enters one unused room after the other: each leaves its
        traces in Redis.
        """
        if limit_key and room not in self._used and room not in self._unused_since:
            wait = self._new_rooms.take(limit_key, asyncio.get_running_loop().time())
            if wait:
                raise Refused(ErrorCode.RATE_LIMITED, "too many new rooms", retry_after=wait)
        self._used[room] += 1
        self._unused_since.pop(room, None)

    def unuse(self, room: str) -> None:
        self._used[room] -= 1
        if not self._used[room]:
            del self._used[room]
            self._unused_since[room] = asyncio.get_running_loop().time()

    @property
    def session_count(self) -> int:
        """How many sessions have said hello."""
        return sum(self._used.values())

    async def let_go_of_unused(self) -> None:
        """Stop listening to rooms that nobody here has used for a while."""
        now = asyncio.get_running_loop().time()
        for room, since in list(self._unused_since.items()):
            # Somebody may come into one room while another is let go of.
            if now - since >= self.limits.room_linger and self._unused_since.get(room) == since:
                del self._unused_since[room]
                self.presence.forget(room)
                self.hub.forget(room)
                await self.broker.forget(room)
