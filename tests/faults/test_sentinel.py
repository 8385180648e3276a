"""A primary fails over to a replica, ordered or not, with real sentinels: nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from .engines import SentinelSet, role_of, wait_until
from .redis_server import RedisServer
from .report import Row
from .world import FULL, QUICK, World, now

Worlds = Callable[..., World]
STORED_AFTER = 5.0  # s after the promotion


async def fails_over(world: World, row: Row, timeout: float = 20.0) -> tuple[RedisServer, float]:
    """Wait until another server is the primary, and everything older is stored there; returns it, and how long since
    its promotion.
    """
    redis: SentinelSet = world.redis
    start, before = now(), world.before
    await asyncio.to_thread(redis.promoted, before, timeout)
    promoted = now()
    healed = await world.healed(STORED_AFTER)
    row.note(f"promoted after {promoted - start:.1f} s, stored after another {healed:.1f} s")
    row.took(now() - start)
    return await asyncio.to_thread(redis.owner), healed


async def accounts(world: World, row: Row, primary: RedisServer) -> None:
    """Everyone is told that all is well again, and nothing that was acknowledged is missing at the new primary."""
    await world.until(
        lambda: all(not one.notices or one.notices[-1][1] == "restored" for one in world.visitors),
        5.0, "restored is told",
    )  # fmt: skip
    row.judged(await world.settle(resources=False))
    assert world.redis.owner() is primary


@pytest.mark.scenario("19", "Sentinel: primary killed, on a small scale")
async def test_a_killed_primary_is_replaced_and_nothing_is_lost(a_world: Worlds, row: Row) -> None:
    """Posts wait, and are stored once by the replica that takes over; no client is disconnected."""
    async with a_world(QUICK, engine=SentinelSet) as world:
        await world.calm(1.0)
        world.before = world.redis.owner()
        world.before.kill()
        primary, _ = await fails_over(world, row)
        assert not any(one.closes for one in world.visitors), "a server dropped its clients"
        await accounts(world, row, primary)


@pytest.mark.slow
@pytest.mark.scenario("19a", "Sentinel: ordered failover")
async def test_an_ordered_failover_loses_nothing(a_world: Worlds, row: Row) -> None:
    """The primary hands over (COORDINATED), and the nodes follow."""
    async with a_world(FULL, engine=SentinelSet) as world:
        await world.calm()
        world.before = world.redis.owner()
        world.redis.failover("COORDINATED")
        primary, _ = await fails_over(world, row)
        await accounts(world, row, primary)


@pytest.mark.slow
@pytest.mark.scenario("19b", "Sentinel: primary killed")
async def test_a_killed_primary_loses_nothing_with_a_crowd(a_world: Worlds, row: Row) -> None:
    """The same holds with a crowd; the primary that comes back becomes a replica."""
    async with a_world(FULL, engine=SentinelSet) as world:
        await world.calm()
        world.before = world.redis.owner()
        world.before.kill()
        primary, _ = await fails_over(world, row)
        await asyncio.to_thread(world.before.start)
        await asyncio.sleep(2.0)
        await accounts(world, row, primary)


@pytest.mark.slow
@pytest.mark.scenario("19c", "Sentinel: primary frozen for 9 s")
async def test_a_primary_that_wakes_up_old_is_never_written_to(a_world: Worlds, row: Row) -> None:
    """It still believes that it is the primary; the nodes know better."""
    async with a_world(FULL, engine=SentinelSet) as world:
        await world.calm()
        world.before = world.redis.owner()
        world.before.freeze()
        frozen = now()
        primary, _ = await fails_over(world, row)
        await asyncio.sleep(max(0.0, 9.0 - (now() - frozen)))
        world.before.thaw()
        await asyncio.sleep(3.0)
        row.took(await world.healed(STORED_AFTER))
        await accounts(world, row, primary)
        await asyncio.to_thread(wait_until, lambda: role_of(world.before) == "slave", "it is made a replica")


@pytest.mark.slow
@pytest.mark.scenario("19d", "Sentinel: primary cut off from its sentinels")
async def test_a_primary_that_its_sentinels_cannot_reach_loses_nothing(a_world: Worlds, row: Row) -> None:
    """The nodes still reach it, but follow the sentinels: two primaries live, and one of them is written to."""
    own = (
        "--user",
        "chat",
        "on",
        ">chat",
        "allkeys",
        "allchannels",
        "+@all",
    )  # of the nodes; all others: "default"
    async with a_world(FULL, engine=partial(SentinelSet, options=own, credentials="chat:chat@")) as world:
        await world.calm()
        world.before = before = world.redis.owner()
        before.client.execute_command("ACL", "SETUSER", "default", "-ping")  # by which sentinels know that it lives
        primary, _ = await fails_over(world, row)
        assert role_of(before) == "master"
        await accounts(world, row, primary)
