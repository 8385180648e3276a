"""The tests bite: with one defence switched off, the scenario that it is for fails."""

from __future__ import annotations

import asyncio

import pytest

from .defended import acks_lost, changes_come_late, deaf_people, link_cut
from .oracle import Broken
from .report import Row
from .world import QUICK, Scale, World, Worlds

pytestmark = pytest.mark.slow


def fails(row: Row) -> Row:
    """A row for the run that is to fail: its counts are not the table's."""
    return Row(row.number, row.title)


@pytest.mark.scenario("24a", "without remembered ids")
async def test_without_remembered_ids_posts_are_stored_twice(a_world: Worlds, row: Row) -> None:
    """A post whose ack was lost is stored twice."""
    async with a_world(QUICK, without="remembered ids") as world:
        with pytest.raises(Broken, match=r"\d stored twice") as broken:
            await acks_lost(world, fails(row), rounds=2)
    row.failed(broken.value)


@pytest.mark.scenario("24b", "without catch-up")
async def test_without_catch_up_there_are_holes(a_world: Worlds, row: Row) -> None:
    """Messages published while the subscription was dead are missing."""
    async with a_world(Scale(nodes=2, visitors=30, rate=200.0), without="catch-up") as world:
        with pytest.raises(Broken, match=r"\d holes") as broken:
            await subscriptions_killed(world)
    row.failed(broken.value)


async def subscriptions_killed(world: World) -> None:
    """Row 5 up to the accounts, without asking after each time whether everyone has everything: nobody has."""
    await world.calm()
    for _ in range(5):
        world.redis.client.client_kill_filter(_type="pubsub")
        await asyncio.sleep(1.0)
    await world.settle()


@pytest.mark.scenario("24c", "without a bound on what waits for a socket")
async def test_without_a_bound_nobody_is_cut(a_world: Worlds, row: Row) -> None:
    """Clients that don't read are never dropped, and their queues fill the memory."""
    async with a_world(Scale(nodes=1, visitors=30, rate=5.0), without="bound") as world:
        with pytest.raises(Broken, match="memory grew") as broken:
            await deaf_people(world, fails(row), deaf=10, p99=None)
    row.failed(broken.value)


@pytest.mark.scenario("24d", "without the watchdog")
async def test_without_the_watchdog_a_silent_link_goes_unnoticed(a_world: Worlds, row: Row) -> None:
    """No client is told that the node has lost Redis."""
    with pytest.raises(Broken, match="are told") as broken:
        await link_cut(a_world, fails(row), 5.0, QUICK, without="watchdog")
    row.failed(broken.value)


@pytest.mark.scenario("24g", "without comparing epochs")
async def test_without_comparing_epochs_another_message_is_changed(a_world: Worlds, row: Row) -> None:
    """The accounts at the end notice what nobody asked for."""
    async with a_world(QUICK, without="epochs") as world:
        with pytest.raises(Broken, match="nobody asked") as broken:
            await changes_come_late(world, fails(row))
    row.failed(broken.value)
