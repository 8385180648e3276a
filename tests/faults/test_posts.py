"""One post, many attempts: it is stored once, whatever becomes of its acknowledgement."""

from __future__ import annotations

import asyncio

import pytest

from .defended import acks_lost
from .report import Row
from .visitor import Visitor
from .world import FULL, QUICK, Scale, Worlds


@pytest.mark.scenario("12", "one post sent 100 times at once over 3 nodes")
async def test_a_post_sent_a_hundred_times_is_stored_once(a_world: Worlds, row: Row) -> None:
    """Twelve tabs on three nodes send the same post, and each ack carries the same number."""
    async with a_world(Scale(nodes=3, visitors=12)) as world:
        tabs = world.visitors
        await as_one_person(tabs)
        for number in range(100):
            tabs[number % len(tabs)].command("post", id="the-one", text="hello")
        await world.until(lambda: sum(len(tab.acked.get("the-one", ())) for tab in tabs) == 100, 10.0, "100 acks")
        assert len({ack.seq for tab in tabs for ack in tab.acked["the-one"]}) == 1
        row.judged(await world.settle())


async def as_one_person(tabs: list[Visitor]) -> None:
    """Let all come back with the token of the first."""
    for tab in tabs[1:]:
        tab.take_identity_of(tabs[0])
        assert tab.wire is not None
        tab.is_joined = False
        tab.wire.cut()
    while not all(tab.is_joined for tab in tabs):
        await asyncio.sleep(0.02)
    assert len({tab.me for tab in tabs}) == 1


@pytest.mark.scenario("13", "acknowledgements lost")
async def test_a_post_whose_ack_was_lost_is_stored_and_shown_once(a_world: Worlds, row: Row) -> None:
    """The client sends it again with its id, perhaps to another node, and gets the original number."""
    async with a_world(QUICK) as world:
        await acks_lost(world, row, rounds=2)


@pytest.mark.slow
@pytest.mark.scenario("13b", "acknowledgements lost, again and again")
async def test_many_posts_whose_acks_were_lost_are_stored_once(a_world: Worlds, row: Row) -> None:
    """The same holds for a crowd."""
    async with a_world(FULL) as world:
        await acks_lost(world, row, rounds=8)
