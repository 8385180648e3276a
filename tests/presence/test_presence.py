"""Presence in a room: leases in Redis, and every node's list of the people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.errors import ErrorCode, RedisUnavailable, RedisWriteRefused, Refused
from wschat.model import Person
from wschat.presence import Entered, LeaseTimes
from wschat.redis_link import RoomKeys

from ..support.client import PATIENCE
from ..support.room import SHORT_TIMES, LocalNode, until

ANN, BOB = Person("ann", "Ann"), Person("bob", "Bob")
MakeNode = Callable[[], Awaitable[LocalNode]]


@pytest.fixture
def make_node(local_nodes: Callable[..., Awaitable[LocalNode]]) -> MakeNode:
    """Makes a node with the times of the product."""
    return local_nodes


@pytest.fixture
def make_quick_node(local_nodes: Callable[..., Awaitable[LocalNode]]) -> MakeNode:
    """Makes a node with short leases, so that nobody waits for 15 s."""
    return lambda: local_nodes(SHORT_TIMES)


def test_a_lease_survives_two_lost_renewals() -> None:
    """And the grace is shorter than a lease."""
    times = LeaseTimes()
    assert times.renewal * 3 <= times.lease
    assert times.grace < times.lease


async def test_a_person_who_enters_is_on_every_nodes_list(make_node: MakeNode) -> None:
    """They are listed at once on this node, and a moment later on the other."""
    here, there = await make_node(), await make_node()
    assert (await here.enter(ANN)).is_in
    assert here.names() == ["Ann"]
    await until(lambda: there.names() == ["Ann"])


async def test_a_node_that_starts_later_reads_the_whole_list(make_node: MakeNode) -> None:
    """It does so when it begins to follow the room."""
    here = await make_node()
    await here.enter(ANN)
    await here.enter(BOB)
    there = await make_node()
    await asyncio.wait_for(there.presence.loaded(), PATIENCE)
    assert there.names() == ["Ann", "Bob"]


async def test_a_name_belongs_to_one_person_at_a_time(make_node: MakeNode) -> None:
    """Of two who ask in the same moment on two nodes, one gets it."""
    here, there = await make_node(), await make_node()
    occupants = await asyncio.gather(here.enter(Person("a", "Ann")), there.enter(Person("b", "ANN")))
    assert sorted(bool(occupant.is_in) for occupant in occupants) == [False, True]


async def test_a_person_who_leaves_is_gone_after_the_grace(make_quick_node: MakeNode) -> None:
    """And their name is free."""
    here, there = await make_quick_node(), await make_quick_node()
    here.room.leave(await here.enter(ANN))
    await until(lambda: here.names() == [] and there.names() == [])
    assert (await there.enter(Person("other", "Ann"))).is_in


async def test_a_person_who_is_back_within_the_grace_was_never_gone(
    local_nodes: Callable[..., Awaitable[LocalNode]],
) -> None:
    """A reload of the page isn't told to anyone."""
    here = await local_nodes(LeaseTimes(lease=3.0, renewal=0.2, grace=1.0, tick=0.05))
    ann = await here.enter(ANN)
    roster = here.presence.roster
    await until(lambda: roster.version > 0)
    version = roster.version
    here.room.leave(ann)
    assert (await here.enter(ANN)).is_in
    await asyncio.sleep(1.3)
    assert (here.names(), roster.version) == (["Ann"], version)


async def test_a_person_stays_while_one_of_their_sessions_does(make_quick_node: MakeNode) -> None:
    """On the same node or on another one."""
    here, there = await make_quick_node(), await make_quick_node()
    first, second, third = await here.enter(ANN), await here.enter(ANN), await there.enter(ANN)
    here.room.leave(first)
    here.room.leave(second)
    await asyncio.sleep(0.5)
    assert here.names() == there.names() == ["Ann"]
    there.room.leave(third)
    await until(lambda: here.names() == [])


async def test_the_people_of_a_node_that_died_are_removed(make_quick_node: MakeNode) -> None:
    """Nobody renews their leases; those of the others stay."""
    here, dying = await make_quick_node(), await make_quick_node()
    await here.enter(BOB)
    await dying.enter(ANN)
    await until(lambda: here.names() == ["Ann", "Bob"])
    await dying.renewer.stop()
    await dying.link.stop()
    await until(lambda: here.names() == ["Bob"])


async def test_a_redis_that_came_back_empty_gets_everyone_again(make_quick_node: MakeNode, redis: Redis) -> None:
    """Their sessions are still here."""
    here, there = await make_quick_node(), await make_quick_node()
    await here.enter(ANN)
    await there.enter(BOB)
    await until(lambda: here.names() == there.names() == ["Ann", "Bob"])
    await redis.flushall()
    await until(lambda: here.names() == there.names() == ["Ann", "Bob"])

    async def has_both() -> bool:
        return bool(await redis.zcard("{chat}:online") == 2)

    await until(has_both)


async def rename(node: LocalNode, person: Person) -> bool:
    answers: list[Refused | None] = []
    node.room.rename(person, answers.append)
    await until(lambda: answers)
    return answers[0] is None


async def test_another_name_frees_the_old_one(make_node: MakeNode) -> None:
    """It is refused where somebody has it."""
    here, there = await make_node(), await make_node()
    await here.enter(ANN)
    await there.enter(BOB)
    assert not await rename(here, Person(ANN.id, "bob"))
    assert await rename(here, Person(ANN.id, "Anna"))
    await until(lambda: "Anna" in there.names())
    assert (await there.enter(Person("new", "Ann"))).is_in


async def test_rooms_have_their_own_people(make_node: MakeNode) -> None:
    """One name may be in two rooms."""
    here = await make_node()
    assert (await here.enter(ANN, "chat")).is_in
    assert (await here.enter(Person("x", "Ann"), "team")).is_in
    assert here.names("chat") == here.names("team") == ["Ann"]


async def test_signals_that_are_none_are_ignored(make_node: MakeNode, redis: Redis) -> None:
    """Anybody may publish anything there."""
    here = await make_node()
    await here.enter(ANN)
    for data in (b"", b"nonsense", b"[]", b"\xff", b'{"version":"x"}', b"[" * 9999):
        await redis.publish("{chat}:signals", data)
    await here.enter(BOB)
    await until(lambda: here.names() == ["Ann", "Bob"])


async def test_a_missed_signal_is_noticed(make_node: MakeNode, redis: Redis) -> None:
    """The subscription was cut while somebody came: the list is read again."""
    here, there = await make_node(), await make_node()
    await here.enter(ANN)
    await there.presence.loaded()
    for _ in range(3):
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await asyncio.sleep(0.02)
    await here.enter(BOB)
    await until(lambda: there.names() == ["Ann", "Bob"])


async def test_people_still_leave_a_room_that_is_forgotten(make_node: MakeNode, redis: Redis) -> None:
    """Their leases are cut to the grace all the same."""
    here = await make_node()
    ann = await here.enter(ANN)
    await until(lambda: redis.hget("{chat}:meta", "looked"))  # the first look begins all leases anew
    here.room.leave(ann)
    await here.rooms.forget_unused()

    async def is_cut() -> bool:
        lease = await redis.zscore("{chat}:online", ANN.id)
        return lease is not None and lease < await now_ms(redis) + LeaseTimes().grace * 1000 + 100

    await until(is_cut)


async def now_ms(redis: Redis) -> float:
    seconds, microseconds = await redis.time()
    return float(seconds * 1000 + microseconds / 1000)


async def test_a_person_who_never_had_a_lease_is_gone_when_they_leave(
    make_node: MakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis was full when they came: no lease of theirs can end, so no signal of their going comes."""

    here = await make_node()
    enter = here.leases.enter

    async def full(keys: RoomKeys, people: Any, *, is_trial: bool = False) -> list[Entered | Refused]:
        if not is_trial:
            raise RedisWriteRefused("OOM")
        return await enter(keys, people, is_trial=True)

    await here.enter(BOB)
    monkeypatch.setattr(here.leases, "enter", full)
    ann = await here.enter(ANN)
    assert ann.is_in
    assert here.names() == ["Ann", "Bob"]
    here.room.leave(ann)
    await until(lambda: here.names() == ["Bob"])


async def test_a_full_redis_lets_nobody_in_who_is_barred(make_node: MakeNode, redis: Redis) -> None:
    """A barred person who asks together with others gets their own answer, though none of them gets a lease."""
    here = await make_node()
    await redis.hset("{chat}:rules", mapping={"version": 1, "bars": 1})
    await redis.hset("{chat}:barred", f"remove:{ANN.id}", "0 0  {}")
    outcomes: list[Entered | Refused] = []
    await redis.config_set("maxmemory", "1")
    try:
        here.presence.enter(ANN, outcomes.append)
        here.presence.enter(BOB, outcomes.append)
        await until(lambda: len(outcomes) == 2)
    finally:
        await redis.config_set("maxmemory", "0")
    barred, entered = outcomes
    assert isinstance(barred, Refused)
    assert barred.code is ErrorCode.BARRED
    assert entered == Entered(BOB)


async def test_a_person_who_withdraws_is_not_waited_for(make_node: MakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is unreachable, and people come and go: those who have gone aren't let in when it is back."""
    here = await make_node()
    enter = here.leases.enter

    async def away(*_: object) -> list[str]:
        raise RedisUnavailable("gone")

    monkeypatch.setattr(here.leases, "enter", away)
    answers: list[Entered | Refused] = []
    withdraw = here.presence.enter(ANN, answers.append)
    here.presence.enter(BOB, answers.append)
    withdraw()
    withdraw()
    assert here.presence.entering() == [BOB.id]
    monkeypatch.setattr(here.leases, "enter", enter)
    await until(lambda: answers == [Entered(BOB)])
    assert here.presence.entering() == []


async def test_a_bug_in_one_call_keeps_nobody_else_from_entering_or_leaving(
    make_quick_node: MakeNode, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The people in that call are told so, the log has the traceback, and all later calls work as ever."""
    here = await make_quick_node()
    bob = await here.enter(BOB)

    async def bug(*_: object, **__: object) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(here.leases, "enter", bug)
        broken.setattr(here.leases, "leave", bug)
        broken.setattr(here.leases, "renew", bug)
        ann = await here.enter(ANN)
        assert ann.refused is not None
        assert ann.refused.code is ErrorCode.INTERNAL
        here.room.leave(bob)
        await until(lambda: here.presence.is_idle)
        await until(lambda: len({record.message for record in caplog.records if record.exc_info}) == 3)
    assert (await here.enter(ANN)).is_in
    await until(lambda: here.names() == ["Ann"])
    await asyncio.sleep(2 * SHORT_TIMES.lease)
    assert here.names() == ["Ann"], "and leases are renewed"
