"""Leases are kept: renewed in portions, and every room's list is compared with Redis on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.errors import RedisUnavailable
from wschat.model import Person
from wschat.presence import LeaseTimes
from wschat.presence.leases import ListState
from wschat.presence.renewer import PORTION, portions
from wschat.redis_link import RedisLink

from ..support.room import LocalNode, until

ANN, BOB = Person("ann", "Ann"), Person("bob", "Bob")


@pytest.fixture
async def idle_node(link: RedisLink) -> AsyncIterator[LocalNode]:
    """A node that renews only when a test says so."""
    node = LocalNode(link, times=LeaseTimes(tick=3600.0))
    await node.start()
    yield node
    await node.stop()


async def renew(node: LocalNode) -> None:
    node.presence.renewed_at = float("-inf")
    await node.renewer._renew_rooms([node.presence])


async def now_ms(redis: Redis) -> float:
    seconds, microseconds = await redis.time()
    return float(seconds * 1000 + microseconds / 1000)


@dataclass(frozen=True)
class FakePresence:
    """A room, as far as portions look at it."""

    name: str


def test_leases_are_renewed_in_portions() -> None:
    """Many rooms with few people go together, a room full of people goes in parts, and each is looked at once."""
    crowd = [str(number) for number in range(1100)]
    a, empty, full, b = map(FakePresence, ("a", "empty", "crowd", "b"))
    due: Any = [(a, ["ann"]), (empty, []), (full, crowd), (b, ["bob"])]
    sent: Any = [[(room, people, first) for room, people, first in portion] for portion in portions(due)]
    assert [[(room, len(people), first) for room, people, first in portion] for portion in sent] == [
        [(a, 1, True), (empty, 0, True)],
        [(full, PORTION, True)],
        [(full, PORTION, False)],
        [(full, 100, False), (b, 1, True)],
    ]
    assert [person for portion in sent for room, people, _ in portion if room == full for person in people] == crowd
    assert list(portions([])) == []


async def test_every_lease_of_a_crowd_is_renewed(idle_node: LocalNode, redis: Redis) -> None:
    """Also those of the last portion; a person whom Redis has lost comes back, and the list isn't read again for it."""
    people = [Person(f"p{number}", f"Guest {number}") for number in range(1, 1203)]
    await asyncio.gather(*map(idle_node.enter, people))
    online, entries = idle_node.room.keys.online, idle_node.room.keys.people
    await until(lambda: len(idle_node.names()) == len(people) and not idle_node.presence.is_syncing)
    lost = people[1100]
    ends = await now_ms(redis) + 5000
    await redis.zadd(online, {person.id: ends for person in people})
    await redis.hdel(entries, lost.id)
    await renew(idle_node)
    soon = await now_ms(redis) + 10_000
    assert await redis.zcount(online, "-inf", soon) <= 1, "all but the lost one have their whole lease"
    assert not idle_node.presence.is_syncing
    await until(lambda: redis.hexists(entries, lost.id))


async def test_a_change_that_comes_while_leases_are_renewed_is_no_reason_to_read_the_list(
    idle_node: LocalNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a busy crowd one comes all the time, and the list is long."""
    await idle_node.enter(ANN)
    await until(lambda: idle_node.presence.roster.version == 1 and not idle_node.presence.is_syncing)
    asked = idle_node.leases.renew

    async def overtaken(portion: Sequence[Any]) -> list[Any]:
        replies = await asked(portion)
        await idle_node.enter(BOB)
        await until(lambda: idle_node.presence.roster.version == 2)
        return replies

    monkeypatch.setattr(idle_node.leases, "renew", overtaken)
    await renew(idle_node)
    assert not idle_node.presence.is_syncing


async def test_a_change_on_its_way_between_two_portions_is_no_sign_of_deafness(
    idle_node: LocalNode, redis: Redis
) -> None:
    """Only what is still missing at the next round was missed."""
    await idle_node.enter(ANN)
    await until(lambda: idle_node.presence.roster.version == 1 and not idle_node.presence.is_syncing)
    await redis.hincrby(idle_node.room.keys.meta, "people", 1)
    await renew(idle_node)
    assert not idle_node.presence.is_syncing
    await renew(idle_node)
    assert idle_node.presence.is_syncing


async def test_only_the_first_portion_of_a_room_is_compared(
    idle_node: LocalNode, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The portions follow each other in milliseconds: a change between two of them is on its way."""
    # The first renewal is over.
    await until(lambda: idle_node.presence.is_loaded and len(idle_node.renewer._tasks) == 1)
    compared: list[ListState] = []
    monkeypatch.setattr(idle_node.presence, "check_state", lambda there, here: compared.append(there))
    for number in range(PORTION + 1):
        idle_node.presence.roster.local_sessions[f"p{number}"] = 1
    await renew(idle_node)
    assert len(compared) == 1
    idle_node.presence.roster.local_sessions.clear()


async def test_a_list_that_went_back_is_read_again(idle_node: LocalNode, redis: Redis) -> None:
    """Redis came back with an older list, say: the changes since then aren't published again."""
    await idle_node.enter(ANN)
    await until(lambda: idle_node.presence.roster.version == 1 and not idle_node.presence.is_syncing)
    await redis.hset(idle_node.room.keys.meta, "people", 0)
    await renew(idle_node)
    assert idle_node.presence.is_syncing


async def test_only_those_who_left_another_node_are_renewed_out_of_turn(idle_node: LocalNode, redis: Redis) -> None:
    """Or whoever comes and goes there with a tab here would make this node renew a whole crowd each time."""
    for person in (ANN, BOB):
        await idle_node.enter(person)
    online = idle_node.room.keys.online
    await until(lambda: idle_node.presence.is_loaded and len(idle_node.renewer._tasks) == 1)
    ends = round(await now_ms(redis)) + 1000
    await redis.zadd(online, {ANN.id: ends, BOB.id: ends})
    await redis.publish(idle_node.room.keys.signals, '{"leaving":["ann","somebody else"]}')

    async def is_whole(person: Person) -> bool:
        return (await redis.zscore(online, person.id) or 0) > ends

    await until(lambda: is_whole(ANN))
    assert not await is_whole(BOB)


async def test_who_left_another_node_while_redis_was_unreachable_is_renewed_soon(
    idle_node: LocalNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With everyone in the room, in the next tick."""
    await idle_node.enter(ANN)
    await until(lambda: idle_node.presence.is_loaded and len(idle_node.renewer._tasks) == 1)
    assert idle_node.presence.renewed_at

    async def unreachable(*_: object) -> list[str]:
        raise RedisUnavailable("gone")

    monkeypatch.setattr(idle_node.leases, "renew", unreachable)
    idle_node.presence.on_publish(b'{"leaving":["ann"]}')
    await until(lambda: not idle_node.presence.renewed_at)


async def test_a_renewal_out_of_turn_compares_no_list(
    idle_node: LocalNode, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between it and the room's turn a change may be on its way, and two comparisons in a row would read the list."""
    await idle_node.enter(ANN)
    await until(lambda: idle_node.presence.is_loaded and len(idle_node.renewer._tasks) == 1)
    compared: list[ListState] = []
    monkeypatch.setattr(idle_node.presence, "check_state", lambda there, here: compared.append(there))
    await redis.hincrby(idle_node.room.keys.meta, "people", 1)
    renewed_at = idle_node.presence.renewed_at_redis_ms
    idle_node.renewer.renew_soon(idle_node.presence, [ANN.id])
    await until(lambda: idle_node.presence.renewed_at_redis_ms != renewed_at)
    await until(lambda: len(idle_node.renewer._tasks) == 1)
    assert compared == []
