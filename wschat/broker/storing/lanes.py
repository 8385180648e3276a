"""Queues of items to be stored, in one lane per primary, so that a dead primary delays only its own rooms."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, Protocol, TypeVar

from ...concurrency import cancel_all, spawn
from ...errors import RETRY_PAUSE

GROUP = 512  # posts and changes sent to Redis in one go


class Item(Protocol):
    """Something to be stored; `size` in bytes."""

    @property
    def room(self) -> str: ...

    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Item)


class _Lane:
    """The rooms of one primary whose queues aren't empty; the room that has waited longest comes first."""

    __slots__ = ("rooms", "task")

    def __init__(self) -> None:
        self.rooms: dict[str, None] = {}  # a set that keeps its order
        self.task: asyncio.Task[None] | None = None


class Lanes(Generic[T]):
    """Group commit: each turn of a lane takes all queued items; the next turn begins when Redis has replied.

    `primary_of` returns a key for a room's primary; `store` tries to store items and returns those whose fate is
    unknown. A room's queue is in one lane at a time, so it keeps its order. It changes lanes between two turns
    if its primary has changed. A lane lasts while it has something to store: its primary may never be one again.
    """

    def __init__(self, primary_of: Callable[[str], Hashable], store: Callable[[list[T]], Awaitable[list[T]]]) -> None:
        self._primary_of = primary_of
        self._store = store
        self._queues: dict[str, list[T]] = {}  # by room, including items that are being stored
        self._lanes: dict[Hashable, _Lane] = {}
        self._is_running = False
        self.size = 0  # bytes that aren't stored yet

    def __len__(self) -> int:
        """The number of items that aren't stored yet."""
        return sum(map(len, self._queues.values()))

    def start(self) -> None:
        self._is_running = True
        for room in self._queues:
            self._enlist(room)

    async def stop(self) -> None:
        self._is_running = False
        await cancel_all([lane.task for lane in self._lanes.values()])
        self._lanes.clear()

    def add(self, item: T) -> None:
        """Queue an item; `store` is called with it in its turn."""
        self.size += item.size
        queue = self._queues.get(item.room)
        if queue is not None:
            queue.append(item)
        else:
            self._queues[item.room] = [item]
            self._enlist(item.room)

    # -- within ------------------------------------------------------------------

    def _enlist(self, room: str) -> None:
        """Put the room's queue into the lane of its present primary."""
        if not self._is_running:
            return
        primary = self._primary_of(room)
        lane = self._lanes.get(primary)
        if lane is None:
            self._lanes[primary] = lane = _Lane()
            lane.task = spawn(self._run(primary, lane))
        lane.rooms[room] = None

    async def _run(self, primary: Hashable, lane: _Lane) -> None:
        while lane.rooms:
            group = self._next_group(lane)
            unknown = await self._store([item for items in group.values() for item in items])
            if unknown:
                await asyncio.sleep(RETRY_PAUSE)
            self._end_turn(group, unknown)
        del self._lanes[primary]

    def _next_group(self, lane: _Lane) -> dict[str, list[T]]:
        """The queues for one turn, at most GROUP items in total."""
        group: dict[str, list[T]] = {}
        left = GROUP
        while lane.rooms and left > 0:
            room = next(iter(lane.rooms))
            del lane.rooms[room]
            group[room] = self._queues[room][:left]
            left -= len(group[room])
        return group

    def _end_turn(self, group: dict[str, list[T]], unknown: list[T]) -> None:
        """Put items of unknown fate back, in front of items that were queued meanwhile."""
        again: dict[str, list[T]] = {}
        for item in unknown:
            again.setdefault(item.room, []).append(item)
        for room, items in group.items():
            kept = again.get(room, [])
            self.size -= sum(item.size for item in items) - sum(item.size for item in kept)
            queue = kept + self._queues.pop(room)[len(items) :]
            if queue:
                self._queues[room] = queue
                self._enlist(room)
