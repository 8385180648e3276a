"""Nobody could renew a lease while Redis was away: nobody disappears because of that."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from wschat.model import Person
from wschat.redis_link import RoomKeys

from ..support.room import SHORT_TIMES, RecordingOccupant, until
from .nodes import MakeNode, agree, freeze, wake

ANN, BOB = Person("ann", "Ann"), Person("bob", "Bob")
KEYS = RoomKeys("chat")


async def test_an_absence_of_redis_ends_nobodys_lease(make_node: MakeNode, redis: Redis) -> None:
    """Nobody could renew anything for longer than a lease; those who are still here stay, unseen by all."""
    here, there = await make_node(), await make_node()
    occupants: list[RecordingOccupant] = [await here.enter(ANN), await there.enter(BOB)]
    await until(agree(here, there, names=["Ann", "Bob"]))
    await asyncio.sleep(0.7)
    members = here.listen(), there.listen()
    await redis.execute_command("CLIENT", "PAUSE", int(SHORT_TIMES.lease * 2000), "ALL")
    await asyncio.sleep(SHORT_TIMES.lease * 4)
    await until(agree(here, there, names=["Ann", "Bob"]))
    assert [event for member in members for event in member.events if event["type"] == "online"] == []
    assert [occupant.person for occupant in occupants] == [ANN, BOB]


async def test_a_new_node_that_looks_first_after_an_absence_of_redis_removes_nobody(
    make_node: MakeNode, redis: Redis
) -> None:
    """It can't know that Redis was away; the older nodes do, and their people stay, unseen by all."""
    here, there = await make_node(), await make_node()
    await here.enter(ANN)
    await there.enter(BOB)
    await until(agree(here, there, names=["Ann", "Bob"]))
    member = here.listen()
    await freeze(here)
    await freeze(there)
    await asyncio.sleep(SHORT_TIMES.lease * 1.5)
    new = await make_node()
    await asyncio.sleep(0.1)
    wake(here)
    await asyncio.sleep(0.1)
    wake(there)
    await until(agree(here, there, new, names=["Ann", "Bob"]))
    await asyncio.sleep(SHORT_TIMES.lease)
    assert [event for event in member.events if event["type"] == "online" and event["left"]] == []


async def test_a_node_that_renewed_just_before_an_absence_of_redis_is_no_new_one(
    make_node: MakeNode, redis: Redis
) -> None:
    """Its call was later than the one that Redis remembers, as is each one after the first in a large room."""
    node = await make_node()
    await freeze(node)
    looked = await milliseconds(redis) - 60_000
    await redis.hset(KEYS.meta, mapping={"looked": looked})
    await redis.hset(KEYS.people, "bob", 'bob\n{"id":"bob","name":"Bob"}')
    await redis.zadd(KEYS.online, {"bob": looked + 1000})
    await node.leases.renew([(KEYS, looked + 500, [], [])])
    assert (await redis.zscore(KEYS.online, "bob") or 0) > await milliseconds(redis)


async def milliseconds(redis: Redis) -> int:
    seconds, micros = await redis.time()
    return seconds * 1000 + micros // 1000
