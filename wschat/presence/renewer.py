"""Renews the leases of everyone on this node, in portions, so that a crowd blocks neither Redis nor the event loop."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from ..concurrency import Group, repeat
from ..errors import RedisUnavailable
from .leases import Leases, LeaseTimes
from .presence import Presence

PORTION = 500  # leases renewed at once: 2 ms of Redis, and as much of the loop
ROOMS_A_TICK = 200  # rooms in one tick; more if a round over all rooms would take longer than `renewal`

logger = logging.getLogger(__name__)


class Renewal(NamedTuple):
    """The people of one room that one call renews, and whether it is the room's first call in this round."""

    presence: Presence
    people: list[str]
    is_first: bool


class Renewer:
    """Visits all rooms of this node in rounds. Each visit also removes people whose leases ran out, of any node."""

    def __init__(self, leases: Leases, times: LeaseTimes) -> None:
        self._leases = leases
        self._times = times
        self._tasks = Group()
        self._rooms: dict[Presence, None] = {}
        self._round: list[Presence] = []

    def start(self) -> None:
        self._tasks.spawn(repeat(self._renew_next, self._times.tick))

    async def stop(self) -> None:
        await self._tasks.stop()

    def add(self, presence: Presence) -> None:
        self._rooms[presence] = None

    def discard(self, presence: Presence) -> None:
        self._rooms.pop(presence, None)

    def renew_soon(self, presence: Presence, people: Sequence[str] | None = None) -> None:
        """Renew the leases of these people in a room (None: of all who are here) at once, out of turn."""
        if people is None:
            presence.renewed_at = 0.0
            self._tasks.spawn(self._renew_rooms([presence]))
        else:
            parts = chain.from_iterable(portions([(presence, list(people))]))
            self._tasks.spawn(self._try_to_renew([[part._replace(is_first=False)] for part in parts]))

    # -- within ------------------------------------------------------------------

    async def _renew_next(self) -> None:
        await self._renew_rooms(self._next_round())

    def _next_round(self) -> list[Presence]:
        if not self._round:
            self._round = list(self._rooms)
        size = max(ROOMS_A_TICK, math.ceil(len(self._rooms) / (self._times.renewal / self._times.tick)))
        visited, self._round = self._round[:size], self._round[size:]
        return [presence for presence in visited if presence in self._rooms]

    async def _renew_rooms(self, rooms: list[Presence]) -> None:
        await self._try_to_renew(list(portions(self._due(rooms))))

    async def _try_to_renew(self, renewals: list[list[Renewal]]) -> None:
        """Renew these, one portion after the other; if Redis is unreachable, their rooms are due in the next tick."""
        try:
            for portion in renewals:
                await self._renew(portion)
        except RedisUnavailable as problem:
            logger.debug("Could not renew leases, will retry: %s", problem)
            for presence, _, _ in chain.from_iterable(renewals):
                presence.renewed_at = 0.0

    def _due(self, rooms: list[Presence]) -> list[tuple[Presence, list[str]]]:
        """Each room with the people whose leases are due: everyone on this node, or nobody."""
        now = asyncio.get_running_loop().time()
        due: list[tuple[Presence, list[str]]] = []
        for presence in rooms:
            is_due = now - presence.renewed_at >= self._times.renewal - self._times.tick
            due.append((presence, list(presence.roster.local_sessions) if is_due else []))
            if is_due:
                presence.renewed_at = now
        return due

    async def _renew(self, portion: list[Renewal]) -> None:
        states = [renewal.presence.state for renewal in portion]
        replies = await self._leases.renew(
            [(one.keys, one.renewed_at_redis_ms, people, one.moderators()) for one, people, _ in portion]
        )
        for (presence, people, is_first), local, reply in zip(portion, states, replies, strict=True):
            if reply is None:
                presence.renewed_at = 0.0
                continue
            presence.renewed_at_redis_ms = reply.now
            presence.on_renewed(people, reply.missing)
            if is_first:
                presence.check_state(reply.state, local)


def portions(due: Iterable[tuple[Presence, list[str]]], size: int = PORTION) -> Iterator[list[Renewal]]:
    """The renewals that go to Redis together: many rooms with few people, or a part of the people of one room."""
    portion: list[Renewal] = []
    count = 0
    for presence, everyone in due:
        for at in range(0, len(everyone) or 1, size):
            people = everyone[at : at + size]
            if count + len(people) > size:
                yield portion
                portion, count = [], 0
            portion.append(Renewal(presence, people, at == 0))
            count += len(people)
    if portion:
        yield portion
