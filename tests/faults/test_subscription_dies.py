"""The doorbell breaks: subscriptions are killed, overflow, or go deaf without a sign."""

from __future__ import annotations

import asyncio
import signal

import pytest

from .defended import link_cut
from .report import Row
from .world import FULL, QUICK, World, Worlds, now


async def killed_again_and_again(world: World, row: Row, times: int) -> None:
    """CLIENT KILL TYPE pubsub every second; measures how long each catch-up takes."""
    await world.calm()
    for _ in range(times):
        cut = now()
        world.redis.client.client_kill_filter(_type="pubsub")
        row.took(await world.healed(2.0))
        await asyncio.sleep(max(0.0, cut + 1.0 - now()))
    row.judged(await world.settle())


@pytest.mark.scenario("5a", "subscriptions killed each second for 3 s")
async def test_killed_subscriptions_leave_no_hole(a_world: Worlds, row: Row) -> None:
    """The node reads from the log what was published without a subscription."""
    async with a_world(QUICK) as world:
        await killed_again_and_again(world, row, 3)


@pytest.mark.slow
@pytest.mark.scenario("5", "subscriptions killed each second for 30 s")
async def test_subscriptions_killed_for_long_leave_no_hole(a_world: Worlds, row: Row) -> None:
    """Each catch-up takes at most half a second."""
    async with a_world(FULL) as world:
        await killed_again_and_again(world, row, 30)
        assert row.healed is not None
        assert row.healed <= 0.5


@pytest.mark.slow
@pytest.mark.scenario("6", "a subscriber's buffer overflows while its node is frozen for 10 s")
async def test_a_node_that_overflowed_catches_up(a_world: Worlds, row: Row) -> None:
    """Redis drops the frozen node's subscription, and on waking the node reads what it missed."""
    async with a_world(FULL, redis_options=("--client-output-buffer-limit", "pubsub 64kb 32kb 1")) as world:
        await world.calm()
        before = world.redis.client.info("stats")["client_output_buffer_limit_disconnections"]
        sleeper = world.nodes[0]
        assert sleeper.process is not None
        sleeper.signal(signal.SIGSTOP)
        loud = "x" * 3000
        for _ in range(1500):  # the kernel's buffers between the two must be full before Redis keeps anything
            world.redis.client.publish("chat", loud)
        await asyncio.sleep(10.0)
        sleeper.signal(signal.SIGCONT)
        row.took(await world.healed(15.0))
        overflowed = world.redis.client.info("stats")["client_output_buffer_limit_disconnections"] - before
        assert overflowed >= 1, "the buffer didn't overflow: the scenario shows nothing"
        row.note(f"{overflowed} subscriptions overflowed")
        row.judged(await world.settle(resources=False))


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [
    pytest.param(5.0, marks=pytest.mark.scenario("7a", "one node's link to Redis silent for 5 s")),
    pytest.param(30.0, marks=pytest.mark.scenario("7b", "one node's link to Redis silent for 30 s")),
])  # fmt: skip
async def test_a_silent_link_is_noticed_and_heals(a_world: Worlds, row: Row, seconds: float) -> None:
    """The isolated node reports it within 5 s, the others notice nothing, and it heals within 5 s of the end."""
    await link_cut(a_world, row, seconds, FULL)
