"""Redis can no longer store anything: its memory is at its limit, or its disk is full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from .report import Row
from .world import Scale, World, Worlds, now

CROWD = Scale(nodes=2, visitors=60, rate=30.0)


async def full(world: World, row: Row, fill: Callable[[], object], make_room: Callable[[], object]) -> None:
    """While it is full posts are refused by a typed error, people read and join; then all goes on on its own."""
    await world.calm()
    since = now()
    fill()
    await world.until(
        lambda: any(at > since and code == "unavailable" for one in world.visitors for at, code in one.errors),
        15.0, "a post is refused",
    )  # fmt: skip
    (newcomer,) = world.crowd(1, speaks=False)
    row.note(f"a newcomer waited {await world.until(lambda: newcomer.is_joined, 3.0, 'a newcomer is let in'):.1f} s")
    reader = world.visitors[0]
    pages = len(reader.pages)
    reader.command("history", ref="old", before=reader.seq + 1, limit=5)
    await world.until(lambda: len(reader.pages) > pages, 3.0, "history is read")
    assert reader.pages[-1]["messages"]
    await asyncio.sleep(3.0)
    assert not any(at > since and code == "degraded" for one in world.visitors for at, code in one.notices)
    make_room()
    row.took(await world.healed(15.0))
    row.judged(await world.settle())
    people = len(world.visitors)
    await world.until(lambda: newcomer.count == people and world.visitors[0].count == people, 10.0, "the list is whole")


@pytest.mark.slow
@pytest.mark.scenario("18a", "Redis's memory is full")
async def test_a_redis_without_memory_refuses_posts_and_recovers(a_world: Worlds, row: Row) -> None:
    """Redis reaches its `maxmemory` and is given more later."""
    async with a_world(CROWD) as world:
        client = world.redis.client
        await full(
            world,
            row,
            lambda: client.config_set("maxmemory", 1 << 20),
            lambda: client.config_set("maxmemory", 0),
        )


@pytest.mark.slow
@pytest.mark.scenario("18b", "Redis's disk is full")
async def test_a_redis_without_disk_refuses_posts_and_recovers(a_world: Worlds, row: Row, small_disk: Path) -> None:
    """The append-only file can't grow until space is freed."""
    filler = small_disk / "filler"

    def fill() -> None:
        with filler.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    async with a_world(CROWD, redis_folder=small_disk / "redis") as world:
        await full(world, row, fill, filler.unlink)
