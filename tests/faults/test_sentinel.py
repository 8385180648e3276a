"""A primary fails over to a replica, ordered or not, with real sentinels: nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ..support.engines import SentinelSet, role_of, wait_until
from .failover import STORED_AFTER, accounts, fails_over
from .report import Row
from .world import FULL, QUICK, Scale, World, Worlds, now

# The user of the nodes; all others are "default".
CHAT_USER = ("--user", "chat", "on", ">chat", "allkeys", "allchannels", "+@all")


@asynccontextmanager
async def talking(worlds: Worlds, scale: Scale = FULL, seconds: float = 2.0, **options: object) -> AsyncIterator[World]:
    """A world on a Sentinel set, in which people talk; `world.before` is the primary."""
    async with worlds(scale, engine=lambda folder: SentinelSet(folder, **options)) as world:  # type: ignore[arg-type]
        await world.calm(seconds)
        world.before = world.redis.owner()
        yield world


@pytest.mark.scenario("19", "Sentinel: primary killed, on a small scale")
async def test_a_killed_primary_is_replaced_and_nothing_is_lost(a_world: Worlds, row: Row) -> None:
    """Posts wait, and are stored once by the replica that takes over; no client is disconnected."""
    async with talking(a_world, QUICK, 1.0) as world:
        world.before.kill()
        primary = await fails_over(world, row)
        assert not any(one.closes for one in world.visitors), "a server dropped its clients"
        await accounts(world, row, primary)


@pytest.mark.slow
@pytest.mark.scenario("19a", "Sentinel: ordered failover")
async def test_an_ordered_failover_loses_nothing(a_world: Worlds, row: Row) -> None:
    """The primary hands over (COORDINATED), and the nodes follow."""
    async with talking(a_world) as world:
        world.redis.failover("COORDINATED")
        await accounts(world, row, await fails_over(world, row))


@pytest.mark.slow
@pytest.mark.scenario("19b", "Sentinel: primary killed")
async def test_a_killed_primary_loses_nothing_with_a_crowd(a_world: Worlds, row: Row) -> None:
    """The same holds with a crowd; the primary that comes back becomes a replica."""
    async with talking(a_world) as world:
        world.before.kill()
        primary = await fails_over(world, row)
        await asyncio.to_thread(world.before.start)
        await asyncio.sleep(2.0)
        await accounts(world, row, primary)


@pytest.mark.slow
@pytest.mark.scenario("19c", "Sentinel: primary frozen for 9 s")
async def test_a_primary_that_wakes_up_old_is_never_written_to(a_world: Worlds, row: Row) -> None:
    """It still believes that it is the primary; the nodes know better."""
    async with talking(a_world) as world:
        world.before.freeze()
        frozen = now()
        primary = await fails_over(world, row)
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
    async with talking(a_world, options=CHAT_USER, credentials="chat:chat@") as world:
        # By a PING sentinels know that it lives.
        world.before.client.execute_command("ACL", "SETUSER", "default", "-ping")
        primary = await fails_over(world, row)
        assert role_of(world.before) == "master"
        await accounts(world, row, primary)
