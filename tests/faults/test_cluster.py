"""A cluster whose slots move and whose primaries die, with real servers: nothing acknowledged is lost, in any room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest
from redis.crc import key_slot

from wschat.redis_link import RoomKeys

from ..support.engines import SLOTS, Cluster, role_of
from .report import Row
from .visitor import Visitor
from .world import FULL, QUICK, World, Worlds, now

SUBSCRIBED_AFTER = 5.0  # s after a slot has moved, or a replica was promoted
OTHERS_WAIT = 1.0  # s at most for a post in a room of another primary


def tag_of(room: str) -> str:
    return RoomKeys(room).tag


def rooms_on_each(count: int) -> tuple[str, ...]:
    """So many rooms on each of three primaries, the main one first."""
    found: dict[int, list[str]] = {key_slot(b"chat") * 3 // SLOTS: ["chat"]}
    for number in range(100):
        rooms = found.setdefault(key_slot(tag_of(f"room{number}").encode()) * 3 // SLOTS, [])
        if len(rooms) < count:
            rooms.append(f"room{number}")
    return tuple(sorted((room for rooms in found.values() for room in rooms), key=lambda room: room != "chat"))


SIX = rooms_on_each(2)


def waited(visitors: list[Visitor], since: float) -> float:
    """The longest that anybody waited for an acknowledgement of what they wrote since then."""
    return max((one.acked[post][0].at - said for one in visitors for post, said in one.said_at.items()
                if said >= since and post in one.acked), default=0.0)  # fmt: skip


async def accounts(world: World, row: Row, since: float, spared: list[str]) -> None:
    """Everyone has everything in all rooms, is told that all is well, and in `spared` rooms nobody noticed."""
    others = [one for one in world.visitors if one.room in spared]
    verdict = await world.settle()
    if spared:
        longest = waited(others, since)
        row.note(f"others waited {longest * 1000:.0f} ms at most")
        assert longest < OTHERS_WAIT
        assert not any(at > since for one in others for at, _ in one.notices), "others were told of a fault"
    assert all(not one.notices or one.notices[-1][1] == "restored" for one in world.visitors)
    row.judged(verdict)


def rooms_elsewhere(world: World) -> list[str]:
    """Those whose primary isn't that of the main room."""
    return [room for room in world.rooms if world.redis.owner(tag_of(room)) is not world.before]


async def moved(world: World, row: Row, how: Callable[[str, object], float]) -> None:
    """Move the main room's slot to another primary while people write."""
    redis: Cluster = world.redis
    await world.calm()
    world.before = redis.owner("chat")
    to = next(server for server in redis.primaries() if server is not world.before)
    since, spared = now(), rooms_elsewhere(world)
    row.note(f"moved in {await asyncio.to_thread(how, 'chat', to):.1f} s")
    row.took(await world.healed(SUBSCRIBED_AFTER))
    await world.until(lambda: redis.owner("chat") is to, 1.0, "all servers know of the move")
    await accounts(world, row, since, spared)


@pytest.mark.scenario("20", "Cluster: a slot moved, on a small scale")
async def test_a_room_moves_to_another_primary_under_load(a_world: Worlds, row: Row) -> None:
    """Posts and signals go on, and each is shown once; people in other rooms don't notice."""
    async with a_world(QUICK, engine=partial(Cluster, replicas=0), rooms=rooms_on_each(1)) as world:
        await moved(world, row, world.redis.move_at_once)


@pytest.mark.slow
@pytest.mark.scenario("20a", "Cluster: a slot moved (MIGRATESLOTS)")
async def test_a_slot_that_moves_at_once_loses_nothing(a_world: Worlds, row: Row) -> None:
    """Valkey's atomic migration, there and back."""
    async with a_world(FULL, engine=Cluster, rooms=SIX) as world:
        await moved(world, row, world.redis.move_at_once)


@pytest.mark.slow
@pytest.mark.scenario("20b", "Cluster: a slot moved key by key")
async def test_a_slot_that_moves_key_by_key_loses_nothing(a_world: Worlds, row: Row) -> None:
    """While some of the room's keys are here and some there, its posts wait."""
    async with a_world(FULL, engine=Cluster, rooms=SIX) as world:
        await moved(world, row, world.redis.move_key_by_key)


async def loses_primary(world: World, row: Row, take: Callable[[], object]) -> None:
    """Take the main room's primary away, and wait for its replica to take over."""
    await world.calm()
    world.before = world.redis.owner("chat")
    since, spared = now(), rooms_elsewhere(world)
    take()
    await asyncio.to_thread(world.redis.promoted, world.before, "chat")
    promoted = now()
    healed = await world.healed(SUBSCRIBED_AFTER)
    row.note(f"promoted after {promoted - since:.1f} s, stored after another {healed:.1f} s")
    row.took(now() - since)
    row.spared = spared


@pytest.mark.slow
@pytest.mark.scenario("20c", "Cluster: primary killed")
async def test_a_killed_primary_holds_up_only_its_rooms(a_world: Worlds, row: Row) -> None:
    """Its rooms wait for the replica that takes over; it comes back as a replica."""
    async with a_world(FULL, engine=Cluster, rooms=SIX) as world:
        since = now()
        await loses_primary(world, row, lambda: world.before.kill())
        await asyncio.to_thread(world.before.start)
        await asyncio.sleep(2.0)
        await accounts(world, row, since, row.spared)


@pytest.mark.slow
@pytest.mark.scenario("20d", "Cluster: primary frozen for 1 s")
async def test_a_primary_frozen_for_a_moment_is_waited_for(a_world: Worlds, row: Row) -> None:
    """Nothing fails over, and its rooms go on."""
    async with a_world(FULL, engine=Cluster, rooms=SIX) as world:
        await world.calm()
        world.before = world.redis.owner("chat")
        since, spared = now(), rooms_elsewhere(world)
        world.before.freeze()
        await asyncio.sleep(1.0)
        world.before.thaw()
        row.took(await world.healed(SUBSCRIBED_AFTER))
        assert world.redis.owner("chat") is world.before
        await accounts(world, row, since, spared)


@pytest.mark.slow
@pytest.mark.scenario("20e", "Cluster: primary frozen for 9 s")
async def test_a_frozen_primary_wakes_up_as_a_replica(a_world: Worlds, row: Row) -> None:
    """Its replica has taken over meanwhile, and nobody writes to it."""
    async with a_world(FULL, engine=Cluster, rooms=SIX) as world:
        since = now()
        await loses_primary(world, row, lambda: world.before.freeze())
        await asyncio.sleep(max(0.0, 9.0 - (now() - since)))
        world.before.thaw()
        await asyncio.sleep(3.0)
        row.took(await world.healed(SUBSCRIBED_AFTER))
        await accounts(world, row, since, row.spared)
        assert role_of(world.before) == "slave"


@pytest.mark.slow
@pytest.mark.scenario("20f", "Cluster: half of the nodes out of reach for 8 s")
async def test_a_cluster_without_a_majority_stores_nothing_and_loses_nothing(a_world: Worlds, row: Row) -> None:
    """Two of three primaries are frozen with a replica: the rest refuses to write, until they are back."""
    async with a_world(FULL, engine=Cluster, rooms=SIX) as world:
        await world.calm()
        frozen = [*world.redis.servers[:2], world.redis.servers[5]]
        for server in frozen:
            server.freeze()
        await asyncio.sleep(8.0)
        assert all(any(code == "degraded" for _, code in one.notices) for one in world.visitors)
        for server in frozen:
            server.thaw()
        row.took(await world.healed(15.0))
        await accounts(world, row, now(), [])


@pytest.mark.slow
@pytest.mark.scenario("20g", "Cluster: PUBLISH chat to any node; PUBLISH = both")
async def test_whoever_publishes_on_any_node_is_heard_once_and_whoever_subscribes_hears(
    a_world: Worlds, row: Row
) -> None:
    """The owner's row: the channel `chat` connects the chat with other programs, whichever server they know."""
    options = ("--publish", "both")
    async with a_world(QUICK, engine=partial(Cluster, replicas=0), options=options) as world:
        servers: list[object] = world.redis.servers
        listening = [server.client.pubsub() for server in servers]  # type: ignore[attr-defined]
        for pubsub in listening:
            pubsub.subscribe("chat")
            assert pubsub.get_message(timeout=2.0)["type"] == "subscribe"
        for number, server in enumerate(servers):
            server.client.publish("chat", f"from outside {number}")  # type: ignore[attr-defined]
        world.say(world.visitors[0], "from inside")
        await world.healed(5.0)
        expected = [f"from outside {number}" for number in range(len(servers))]
        await world.until(
            lambda: all(sorted(one.outside) == expected for one in world.visitors),
            5.0,
            "each is heard once by everyone",
        )
        for pubsub in listening:
            texts = [message["data"] for message in iter(partial(pubsub.get_message, timeout=0.5), None)]
            assert sum(b"from inside" in text for text in texts) == 1
        row.judged(await world.settle())
