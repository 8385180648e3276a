"""People enter and leave one room in groups: what goes wrong with one of them stays with that one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.errors import ErrorCode, RedisRejected, RedisWriteRefused, Refused
from wschat.model import Person
from wschat.presence import Entered
from wschat.redis_link import RoomKeys

from ..support.room import LocalNode, RecordingOccupant, until

ANN, BOB = Person("ann", "Ann"), Person("bob", "Bob")
KEYS = RoomKeys("chat")
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
    """Whether Redis knows that the person's lease ends after the grace."""
    lease = await redis.zscore(KEYS.online, person.id)
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
    await until(lambda: bob.is_in and gate.asked == 2 and here.presence.is_idle)
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
    await until(lambda: here.presence.is_idle)
    assert here.names() == ["Bea"]
    assert not await is_leaving(redis, ANN)


async def test_a_list_of_another_type_holds_up_nobody(
    local_nodes: MakeNode, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis rejects to end a lease, and would reject it again: it is asked once, and the lease ends by itself."""
    here = await local_nodes()
    ann = await here.enter(ANN)
    leave, asked = here.leases.leave, 0

    async def count(*args: Any) -> int:
        nonlocal asked
        asked += 1
        return await leave(*args)

    monkeypatch.setattr(here.leases, "leave", count)
    await redis.set(KEYS.online, "another type")
    here.room.leave(ann)
    await asyncio.sleep(0.6)
    assert (asked, here.presence.is_idle) == (1, True)


async def test_a_full_redis_that_rejects_the_room_says_so(
    local_nodes: MakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where only the second question, who may come in to read, is rejected."""
    here = await local_nodes()

    async def reject(*_: object, is_trial: bool = False) -> list[Entered | Refused]:
        raise RedisRejected("another type") if is_trial else RedisWriteRefused("OOM")

    monkeypatch.setattr(here.leases, "enter", reject)
    ann = await here.enter(ANN)
    assert ann.refused is not None
    assert ann.refused.code is ErrorCode.UNAVAILABLE


async def test_a_session_whose_answer_fails_ends(local_nodes: MakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other answer comes, so it would wait for ever; whoever comes next enters."""
    here = await local_nodes()
    ann = RecordingOccupant(ANN)

    def fail(entered: Entered) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ann, "on_entered", fail)
    here.room.enter(ann, ANN)
    await until(lambda: ann.has_failed)
    here.room.leave(ann)
    assert (await here.enter(BOB)).is_in
    await until(lambda: here.presence.is_idle)


async def test_a_bug_in_a_turn_does_not_end_the_queue(local_nodes: MakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise nobody would enter this room any more on this node."""
    here = await local_nodes()
    ann = await here.enter(ANN)

    async def bug(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(here.presence._queue, "_leave", bug)
        here.room.leave(ann)
        assert (await here.enter(BOB)).is_in
    await until(lambda: here.presence.is_idle)
    assert (await here.enter(ANN)).is_in
