"""Scenarios that must end well with all defences, and badly without the one that they are for (test_defences.py)."""

from __future__ import annotations

import asyncio
import os
import random

import psutil

from .oracle import Broken
from .proxy import Proxy
from .report import Row
from .visitor import Visitor
from .waiting import machine_is_busy
from .world import Scale, World, Worlds, now


async def acks_lost(world: World, row: Row, rounds: int) -> None:
    """In each round the acks to a third of the people are lost with their connections."""
    await world.calm()
    for number in range(rounds):
        unlucky = world.visitors[number % 3 :: 3]
        for visitor in unlucky:
            visitor.keep_acks = False
        for visitor in unlucky[:10]:  # the talk alone may not have one of them speak
            visitor.say(f"did you get this? {number}")
        await asyncio.sleep(1.0)
        for visitor in unlucky:
            visitor.keep_acks = True
            if visitor.wire is not None:
                visitor.wire.cut()
        row.took(await world.healed(10.0))
    row.judged(await world.settle())


async def changes_come_late(world: World, row: Row) -> None:
    """An author's changes are on their way while the log is lost, and arrive when other messages have these numbers."""
    author = world.visitors[0]
    wanted: list[tuple[str, int, dict[str, str]]] = [
        ("edit", 2, {"text": "message edit 1"}), ("react", 2, {"emoji": "👍"}), ("delete", 3, {}),
    ]  # fmt: skip
    await posts(world, author, 3)
    assert author.position is not None
    epoch = author.position[0]
    for _, seq, fields in wanted:
        author.changer.note(author.ids[seq], fields)
    world.redis.kill()
    world.redis.empty()
    world.lost_before = now()
    world.redis.start()
    row.took(await world.healed(15.0))  # by a post, which is the first of the new log
    await posts(world, author, 3)
    for ref, seq, fields in wanted:
        author.command(ref, ref=ref, seq=seq, epoch=epoch, **fields)
    await world.until(lambda: all(ref in author.answers for ref, _, _ in wanted), 5.0, "the changes are answered")
    row.judged(await world.settle(resources=False))


async def posts(world: World, author: Visitor, count: int) -> None:
    """Have the author post so many messages, which everyone sees."""
    for number in range(count):
        post = world.say(author, f"message {number}")
        await world.until(lambda post=post: post in author.acked, 10.0, "a post is acknowledged")  # type: ignore[misc]
    await world.until(lambda: len({one.seq for one in world.visitors}) == 1, 5.0, "everyone sees it")


async def deaf_people(world: World, row: Row, deaf: int, p99: float | None) -> None:
    """Some stop reading while long messages come; they are cut, and come back without a hole."""
    await world.calm()
    before = [psutil.Process(node.process.pid).memory_info().rss for node in world.nodes if node.process]
    sleepers = world.visitors[:deaf]
    for visitor in sleepers:
        visitor.deafen()
    world.speakers = world.visitors[deaf:]
    world.latencies.clear()
    most = 0
    shout = asyncio.ensure_future(_shout(world))
    try:
        start = now()
        while len(_cuts(world)) < deaf:
            memory = [psutil.Process(node.process.pid).memory_info().rss for node in world.nodes if node.process]
            most = max(most, *(after - was for was, after in zip(before, memory)))
            if now() - start > 30.0:
                raise Broken(f"{len(_cuts(world))} of {deaf} who don't read were cut; memory grew by {most >> 20} MiB")
            await asyncio.sleep(0.1)
    finally:
        shout.cancel()
    row.note(
        f"cut after {now() - start:.0f} s; memory + {most >> 20} MiB; "
        f"others' p99 {world.latencies.percentile(0.99) * 1000:.0f} ms"
    )
    if most > 30 << 20:
        raise Broken(f"memory grew by {most >> 20} MiB")
    if p99 is not None and machine_is_busy():
        row.note(f"p99 not judged: load {os.getloadavg()[0]:.0f} on {os.cpu_count()} processors")
    elif p99 is not None and world.latencies.percentile(0.99) > p99:
        raise Broken(f"the others' p99 was {world.latencies.percentile(0.99) * 1000:.0f} ms")
    for visitor in sleepers:
        visitor.listen()
    row.took(await world.healed(15.0))
    row.judged(await world.settle(resources=False))


async def _shout(world: World) -> None:
    while True:
        world.say(world.chance.choice(world.speakers), "щ" * 4000)
        await asyncio.sleep(0.025)


def _cuts(world: World) -> list[str]:
    return [line for node in world.nodes for line in node.log if "slow consumer" in line]


async def link_cut(a_world: Worlds, row: Row, seconds: float, scale: Scale, without: str = "") -> None:
    """The link of one node to Redis goes silent; the others have their own."""
    async with Proxy(("127.0.0.1", 0), random.Random(1)) as proxy:

        def url(number: int, direct: str) -> str:
            proxy.target = ("127.0.0.1", int(direct.rsplit(":", 1)[1]))
            return f"redis://127.0.0.1:{proxy.port}" if number == 0 else direct

        async with a_world(scale, node_redis=url, without=without) as world:
            await cut_and_heal(world, row, proxy, seconds)


async def cut_and_heal(world: World, row: Row, proxy: Proxy, seconds: float) -> None:
    await world.calm()
    cut_off = world.visitors[:: len(world.nodes)]
    others = [one for one in world.visitors if one not in cut_off]
    since = now()
    proxy.fall_silent()
    noticed = await world.until(
        lambda: all(any(at > since and code == "degraded" for at, code in one.notices) for one in cut_off),
        5.0, "the people of the node that is cut off are told",
    )  # fmt: skip
    row.note(f"noticed after {noticed:.1f} s")
    elsewhere = await world.healed(2.0, others)
    row.note(f"others {elsewhere * 1000:.0f} ms")
    if any(at > since for one in others for at, _ in one.notices):
        raise Broken("people of the other nodes were told something")
    await asyncio.sleep(max(0.0, since + seconds - now()))
    proxy.pass_again()
    row.took(await world.healed(5.0))
    row.judged(await world.settle())
