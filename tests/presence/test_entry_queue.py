"""People enter and leave one room in groups: what goes wrong with one of them stays with that one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.errors import Refused
from wschat.model import Person
from wschat.presence import Entered
from wschat.redis_link import RoomKeys

from ..support.room import LocalNode, RecordingOccupant, until

ANN, BOB = Person("ann", "Ann"), Person("bob", "Bob")
KEYS = RoomKeys.of("chat")
MakeNode = Callable[[], Awaitable[LocalNode]]


class Gate:
    """Holds up each request for leases, as a slow Redis does, until it is opened."""

    def __init__(self, node: LocalNode, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self._opened = asyncio.Event()
        self._enter = node.leases.enter
        monkeypatch.setattr(node.leases, "enter", self._wait)

    async def _wait(self, *args: Any, **options: Any) -> list[Entered | Refused]:
        self.asked += 1
        await self._opened.wait()
        return await self._enter(*args, **options)

    def open(self) -> None:
        self._opened.set()


async def is_leaving(redis: Redis, person: Person) -> bool:
    """Does Redis know that the person's lease ends after the grace?"""
    lease = await redis.zscore(KEYS.presence[0], person.id)
    return lease is not None and lease % 1 == 0.5


Ask = Callable[[LocalNode], None]


@pytest.mark.parametrize(
    "ask",
    [
        lambda node: node.room.rename(Person(ANN.id, "Bea"), lambda refused: None),
        lambda node: node.room.occupants.enter_again(ANN),
    ],
    ids=["rename", "enter again"],
)
async def test_whoever_leaves_while_redis_gives_them_a_lease_is_leaving(
    local_nodes: MakeNode, redis: Redis, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    """That lease ends after the grace, too: otherwise they would be listed for three times as long."""
    here = await local_nodes()
    ann = await here.enter(ANN)
    gate = Gate(here, monkeypatch)
    bob = RecordingOccupant(BOB)
    here.room.enter(bob, BOB)
    await until(lambda: gate.asked == 1)
    ask(here)
    here.room.leave(ann)
    gate.open()
    await until(lambda: bob.is_in and gate.asked == 2 and here.presence._queue.is_idle)
    assert await is_leaving(redis, ANN)
    assert not await is_leaving(redis, BOB)


async def test_a_person_who_is_here_in_another_tab_keeps_the_lease(
    local_nodes: MakeNode, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of two tabs is renamed and closed at once: the other goes on under the new name."""
    here = await local_nodes()
    first, _ = await here.enter(ANN), await here.enter(ANN)
    gate = Gate(here, monkeypatch)
    here.room.rename(Person(ANN.id, "Bea"), lambda refused: None)
    here.room.leave(first)
    gate.open()
    await until(lambda: here.presence._queue.is_idle)
    assert here.names() == ["Bea"]
    assert not await is_leaving(redis, ANN)
