"""The rooms of this node: opens, counts and forgets them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator

from ..errors import ErrorCode, Refused
from ..limits import Rate, TokenBuckets
from ..model import MAIN_ROOM
from .room import Room
from .room_services import RoomServices

NEW_ROOMS = Rate(0.1, 50)  # empty rooms opened from one address: a class may have one for each pair
LINGER = 30.0  # s that a room stays subscribed after its last session left


class Rooms:
    """Rooms by name. A room lives from the first session or observer that opens it until some time after the last has
    left.
    """

    def __init__(
        self, services: RoomServices, *, linger: float = LINGER, allowed: Collection[str] | None = None
    ) -> None:
        self._services = services
        self._allowed = allowed  # besides the main room; None: any
        self._linger = linger
        self._rooms: dict[str, Room] = {}
        self._new_rooms = TokenBuckets(NEW_ROOMS)

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._rooms.values()))

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def session_count(self) -> int:
        """The number of sessions that are in a room or entering one."""
        return sum(room.session_count for room in self._rooms.values())

    @property
    def observer_count(self) -> int:
        """The number of programs that observe a room."""
        return sum(len(room.observers) for room in self._rooms.values())

    def allows(self, name: str) -> bool:
        """Whether the operator allows a room of this name."""
        return self._allowed is None or name == MAIN_ROOM or name in self._allowed

    def open(self, name: str, limit_key: str = "") -> Room:
        """The room of this name, which is followed from now on; the caller must enter it at once.

        `limit_key` is the address as limits count it, "" for one without limits. Raises Refused: room_unknown for a
        room that isn't allowed, rate_limited when an address opens too many empty rooms: each leaves traces in Redis.
        """
        if not self.allows(name):
            raise Refused(ErrorCode.ROOM_UNKNOWN, "the operator of this chat has no room of that name")
        room = self._rooms.get(name)
        if room is None:
            wait = self._new_rooms.take(limit_key, asyncio.get_running_loop().time()) if limit_key else 0.0
            if wait:
                raise Refused(ErrorCode.RATE_LIMITED, "too many new rooms", retry_after=wait)
            self._rooms[name] = room = Room(name, self._services)
            room.subscribe()
        return room

    async def forget_unused(self) -> None:
        """Stop following rooms that have been empty for a while."""
        now = asyncio.get_running_loop().time()
        for room in self:
            # Somebody may enter a room while another one is being left, so each is checked only in its turn.
            if not room.is_used and now - room.empty_since >= self._linger:
                del self._rooms[room.name]
                await room.unsubscribe()

    def broadcast(self, frame: bytes) -> None:
        """Send one frame to every session that is in a room or entering one."""
        for room in self:
            room.broadcast(frame)

    def tell_degraded(self) -> None:
        """Tell the people in rooms whose primary is unreachable."""
        for room in self:
            room.tell_if_degraded()

    def tell_restored(self) -> None:
        """Tell the people in rooms whose primary is back. A room that isn't in sync yet tells them once it is."""
        for room in self:
            room.tell_if_restored()

    async def stop(self) -> None:
        """Sign everyone here off and end all tasks of the rooms, since the node stops."""
        await asyncio.gather(*(room.stop() for room in self))
        await self._services.tasks.stop()
        self._services.fan_out.close()
