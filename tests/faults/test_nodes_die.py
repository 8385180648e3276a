"""Nodes are killed, stopped, and live in the wrong hour."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import pytest

from .node import Node
from .report import Row
from .visitor import Visitor
from .world import FULL, QUICK, Scale, World, Worlds, now

ELSEWHERE = 5.0  # s for the people of a dead node to be with another
GHOSTS = 30.0  # s for those who don't come back to be out of everybody's list


async def kill_and_restart(world: World, row: Row, node: Node) -> asyncio.Task[float]:
    """Kill a node; five of its people don't come back. Returns what measures how long they stay in the list."""
    mortals = world.crowd(5, [node.ws], speaks=False)
    await world.all_joined()
    for mortal in mortals:
        mortal.comes_back = False
    ghosts = {mortal.me for mortal in mortals}
    witnesses = [one for one in world.visitors if one.comes_back][:3]
    node.kill()
    watch = asyncio.ensure_future(
        world.until(
            lambda: not any(ghosts & one.people.keys() for one in witnesses),
            GHOSTS,
            "the dead are out of the list",
        )
    )
    await asyncio.sleep(0.1)  # the connections' ends arrive
    row.took(await world.until(
        lambda: all(one.is_joined for one in world.visitors if one.comes_back), ELSEWHERE, "all are with another node"
    ))  # fmt: skip
    await node.launch().started()
    return watch


async def killed_nodes(world: World, row: Row, times: int) -> None:
    await world.calm()
    watches = []
    for number in range(times):
        watches.append(await kill_and_restart(world, row, world.nodes[number % len(world.nodes)]))
        await asyncio.sleep(1.0)
    row.note(f"ghosts gone after {max(await asyncio.gather(*watches)):.0f} s at most")
    await world.healed(10.0)
    row.judged(await world.settle(resources=False))


@pytest.mark.slow
@pytest.mark.scenario("9", "a node killed, ten times")
async def test_killed_nodes_lose_nothing_and_leave_no_ghosts(a_world: Worlds, row: Row) -> None:
    """Clients are on other nodes within 5 s, and those who don't return are off the list within 30 s."""
    async with a_world(Scale(visitors=140)) as world:
        await killed_nodes(world, row, 10)


@pytest.mark.slow
@pytest.mark.scenario("9a", "a node killed once")
async def test_a_killed_node_loses_nothing(a_world: Worlds, row: Row) -> None:
    """The same holds for one node, without waiting for the ghosts."""
    async with a_world(QUICK) as world:
        await world.calm()
        (await kill_and_restart(world, row, world.nodes[0])).cancel()
        await world.healed(10.0)
        row.judged(await world.settle(resources=False))


async def stopped(world: World, row: Row, node: Node) -> list[Visitor]:
    """SIGTERM a node; returns those who were with it."""
    theirs = [one for one in world.visitors if one.wire is not None and one.wire.port == node.port]
    since = now()
    node.signal(signal.SIGTERM)
    code = await node.exit_code(10.0)
    row.note(f"exit {code} after {now() - since:.1f} s")
    assert code == 0
    for visitor in theirs:
        assert [code for at, code in visitor.closes if at > since][:1] in ([1001], [1012])
        assert "draining" in [code for at, code in visitor.notices if at > since]
    return theirs


@pytest.mark.slow
@pytest.mark.scenario("10", "a node stopped under load")
async def test_a_stopped_node_says_goodbye_to_everyone(a_world: Worlds, row: Row) -> None:
    """Everyone is notified, closed with 1001 or 1012, and reconnects elsewhere; it exits with 0 within 10 s."""
    async with a_world(FULL) as world:
        await world.calm()
        theirs = await stopped(world, row, world.nodes[0])
        assert len(theirs) > 50
        row.took(await world.healed(10.0))
        await world.nodes[0].launch().started()
        row.judged(await world.settle(resources=False))


@pytest.mark.slow
@pytest.mark.scenario("10b", "a node stopped while Redis is frozen")
async def test_a_node_stops_in_time_without_redis(a_world: Worlds, row: Row) -> None:
    """Clients keep the posts that it couldn't store, and send them to another node."""
    async with a_world(FULL) as world:
        await world.calm()
        world.redis.freeze()
        await asyncio.sleep(1.0)
        await stopped(world, row, world.nodes[0])
        world.redis.thaw()
        row.took(await world.healed(15.0))
        await world.nodes[0].launch().started()
        row.judged(await world.settle(resources=False))


@pytest.mark.slow
@pytest.mark.scenario("21", "a node's clock jumps back an hour")
async def test_a_clock_that_jumps_back_changes_no_order(a_world: Worlds, row: Row) -> None:
    """Numbers determine the order, not times."""
    async with a_world(QUICK, clocks=True) as world:
        await world.calm(1.0)
        (world.folder / "clock0").write_text("-3600")
        await asyncio.sleep(1.0)
        (world.folder / "clock0").write_text("3600")
        row.took(await world.healed(2.0))
        row.judged(await world.settle())


@pytest.mark.slow
@pytest.mark.scenario("21b", "Redis's clock jumps back an hour")
async def test_leases_end_though_the_clock_of_redis_jumps(a_world: Worlds, row: Row) -> None:
    """Leases start anew, so people who die after the jump disappear as quickly as ever."""
    async with a_world(QUICK) as world:
        await world.calm()
        hour = 3_600_000
        client = world.redis.client  # moving what is stored an hour on is the same as moving the clock back
        client.hincrby("{chat}:meta", "looked", hour)
        leases: Any = client.zrange("{chat}:online", 0, -1, withscores=True)
        for person, until in leases:
            client.zadd("{chat}:online", {person: until + hour})
        watch = await kill_and_restart(world, row, world.nodes[0])
        row.note(f"ghosts gone after {await watch:.0f} s")
        row.judged(await world.settle(resources=False))
