"""Two truths about who is online: a node was frozen or cut off, or Redis was full or lost what it knew.

With the next contact one rule decides: the lease. Nobody shares a name for long, all lists are equal, and there are no
ghosts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.errors import RedisUnavailable
from wschat.model import Person
from wschat.presence import LeaseTimes
from wschat.redis_link import RoomKeys

from ..support import Nodes, join
from ..support.room import SHORT_TIMES, LocalNode, until
from .nodes import MakeNode, agree, freeze, wake

ANN, OTHER_ANN, BOB = Person("ann", "Ann"), Person("other", "Ann"), Person("bob", "Bob")
KEYS = RoomKeys("chat")


async def test_a_frozen_node_wakes_after_somebody_else_took_the_name(make_node: MakeNode) -> None:
    """The lease is the other's: the person on the frozen node is renamed and told, everywhere the same."""
    here, there = await make_node(), await make_node()
    ann = await here.enter(ANN)
    await freeze(here)
    await until(agree(there, names=[]))
    other = await there.enter(OTHER_ANN)
    assert other.is_in
    wake(here)
    await until(agree(here, there, names=["Ann", "Ann 2"]))
    await until(lambda: ann.person == Person(ANN.id, "Ann 2"))
    assert other.person == OTHER_ANN


async def test_every_session_of_the_renamed_person_is_told(make_node: MakeNode) -> None:
    """Each tab writes under the new name from then on."""
    here, there = await make_node(), await make_node()
    tabs = [await here.enter(ANN) for _ in range(3)]
    await freeze(here)
    await until(agree(there, names=[]))
    await there.enter(OTHER_ANN)
    wake(here)
    await until(lambda: [tab.person.name for tab in tabs] == ["Ann 2"] * 3)
    assert here.room.current_person(ANN).name == "Ann 2"


async def test_a_frozen_node_whose_names_are_free_keeps_them(make_node: MakeNode) -> None:
    """Nobody took them meanwhile, so nobody is renamed."""
    here, there = await make_node(), await make_node()
    ann = await here.enter(ANN)
    await freeze(here)
    await until(agree(there, names=[]))
    wake(here)
    await until(agree(here, there, names=["Ann"]))
    assert ann.person == ANN


async def test_two_who_came_with_one_name_while_redis_was_full(make_node: MakeNode, redis: Redis) -> None:
    """When there is room again one keeps it, and the other is renamed and told."""
    here, there = await make_node(), await make_node()
    await redis.config_set("maxmemory", "1")
    try:
        ann, other = await here.enter(ANN), await there.enter(OTHER_ANN)
        assert ann.is_in
        assert other.is_in
    finally:
        await redis.config_set("maxmemory", "0")
    await until(agree(here, there, names=["Ann", "Ann 2"]))
    await until(lambda: {ann.person.name, other.person.name} == {"Ann", "Ann 2"})


async def test_a_name_that_was_given_twice_is_one_persons_again(make_node: MakeNode, redis: Redis) -> None:
    """Redis lost the names, and a second Ann came before they were written again."""
    here, there = await make_node(), await make_node()
    ann = await here.enter(ANN)
    await freeze(here)
    await redis.delete(KEYS.names)
    await redis.zadd(KEYS.online, {ANN.id: 9e15})
    other = await there.enter(OTHER_ANN)
    wake(here)
    await until(agree(here, there, names=["Ann", "Ann 2"]))
    await until(lambda: {ann.person.name, other.person.name} == {"Ann", "Ann 2"})


async def test_an_emptied_redis_heals_without_anyone_seeing_it(make_node: MakeNode, redis: Redis) -> None:
    """Nobody is shown to leave or to come."""
    here, there = await make_node(), await make_node()
    await here.enter(ANN)
    await there.enter(BOB)
    await until(agree(here, there, names=["Ann", "Bob"]))
    await asyncio.sleep(0.7)
    members = here.listen(), there.listen()
    await redis.flushall()
    await asyncio.sleep(5)
    assert agree(here, there, names=["Ann", "Bob"])()
    assert [event for member in members for event in member.events if event["type"] == "online"] == []
    assert await redis.zcard(KEYS.online) == 2


async def finds_nobody(node: LocalNode) -> None:
    """A node that starts afterwards: no ghosts, and the name is free for somebody else."""
    await node.presence.loaded()
    assert node.names() == []
    assert (await node.enter(OTHER_ANN)).is_in
    await asyncio.sleep(SHORT_TIMES.lease)
    assert node.names() == ["Ann"]


async def test_people_who_were_signed_off_do_not_come_back(make_node: MakeNode, redis: Redis) -> None:
    """The last node was stopped in order, and nobody looked until long after: no ghosts, and their names are free."""
    here = await make_node()
    await here.enter(ANN)
    await here.stop()
    await asyncio.sleep(SHORT_TIMES.lease * 1.5)
    await finds_nobody(await make_node())


async def test_people_of_a_node_that_was_killed_do_not_come_back(make_node: MakeNode) -> None:
    """All nodes were gone for longer than a lease: the first one that starts lists nobody."""
    here = await make_node()
    await here.enter(ANN)
    await freeze(here)
    await here.link.stop()
    await asyncio.sleep(SHORT_TIMES.lease * 2)
    await finds_nobody(await make_node())


async def test_a_restart_in_order_ends_leases_after_the_grace(
    local_nodes: Callable[..., Awaitable[LocalNode]], redis: Redis
) -> None:
    """Also where the next node starts at once: what was cut to the grace isn't made longer again."""
    times = LeaseTimes(lease=120.0, renewal=0.2, grace=0.3, tick=0.05)
    here = await local_nodes(times)
    await here.enter(ANN)
    await here.stop()
    after = await local_nodes(times)
    await until(agree(after, names=[]))


async def test_a_drain_cuts_the_lease_of_clients_that_never_answer(nodes: Nodes, redis: Redis) -> None:
    """They don't read, so they never answer the close, and every lease ends within the grace all the same."""
    await nodes.start(1)
    clients = [await join(nodes.ws(), f"P{number}") for number in range(12)]
    for client in clients:
        client.connection.transport.pause_reading()
    await nodes.stop()
    seconds, microseconds = await redis.time()
    latest = seconds * 1000 + microseconds / 1000 + LeaseTimes().grace * 1000
    leases: Any = await redis.zrange(KEYS.online, 0, -1, withscores=True)
    ends = [end for _, end in leases]
    assert len(ends) == len(clients)
    assert max(ends) <= latest
    for client in clients:
        client.connection.transport.abort()


@pytest.mark.parametrize("lost", ["online", "people", "names", "online people", "online people names"])
async def test_people_who_were_leaving_when_redis_lost_a_key_are_no_ghosts(
    make_node: MakeNode, redis: Redis, lost: str
) -> None:
    """No lease of theirs ends, or nobody can tell any longer whose it was: each list is right all the same."""
    here, there = await make_node(), await make_node()
    bob, _ = await here.enter(BOB), await there.enter(ANN)
    await until(agree(here, there, names=["Ann", "Bob"]))
    here.room.leave(bob)
    while not (await redis.zscore(KEYS.online, BOB.id) or 0.5) % 1:
        await asyncio.sleep(0.01)
    await redis.delete(*map(KEYS.own, lost.split()))
    await until(agree(here, there, names=["Ann"]))
    assert (await here.enter(Person("second", "Bob"))).is_in


async def test_a_rename_outlives_an_outage_that_emptied_redis(
    make_node: MakeNode, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new name is asked for while Redis is unreachable; the lease that is asked for again has it too."""
    here = await make_node()
    await here.enter(ANN)
    enter = here.leases.enter

    async def unreachable(*_: object) -> list[str]:
        raise RedisUnavailable("gone")

    monkeypatch.setattr(here.leases, "enter", unreachable)
    here.room.rename(Person(ANN.id, "Bea"), lambda refused: None)
    await redis.flushall()
    here.renewer.renew_soon(here.presence)
    await asyncio.sleep(0.3)
    monkeypatch.setattr(here.leases, "enter", enter)
    await until(agree(here, names=["Bea"]))
    await asyncio.sleep(SHORT_TIMES.lease)
    assert here.names() == ["Bea"]


async def test_a_name_lost_twice_gets_one_number(make_node: MakeNode) -> None:
    """The first free one is taken meanwhile: the next is a number of the name, not of the numbered name."""
    here, there = await make_node(), await make_node()
    ann = await here.enter(ANN)
    await freeze(here)
    await until(agree(there, names=[]))
    await there.enter(OTHER_ANN)
    await there.enter(Person("third", "\u0410nn 2"))
    wake(here)
    await until(lambda: ann.person.name != "Ann")
    assert ann.person.name.split()[0] == "Ann"
    assert len(ann.person.name.split()) == 2


class Walked(dict[Any, Any]):
    """A table that counts how often somebody goes through all of it."""

    count = 0

    def items(self) -> Any:
        self.count += 1
        return super().items()


async def test_a_lost_lease_costs_no_look_at_all_sessions(make_node: MakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis has lost everyone in a crowded room: the time for that would grow with the square of their number."""
    here = await make_node()
    await here.enter(ANN)
    await here.enter(BOB)
    sessions = Walked(here.room.occupants._entered)
    monkeypatch.setattr(here.room.occupants, "_entered", sessions)
    here.presence.on_renewed([], [ANN.id, BOB.id])
    await until(lambda: here.presence.is_idle)
    assert sessions.count == 0
    assert here.names() == ["Ann", "Bob"]
