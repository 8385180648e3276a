"""The network between people and nodes: bad, cut for all at once, or with somebody at its end who doesn't read."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from wschat.redis_link import load_script

from .defended import deaf_people
from .oracle import account
from .proxy import NetworkFaults, Proxy
from .report import Row
from .visitor import Visitor
from .waiting import all_of
from .world import Scale, World, Worlds, now


async def bad_network(world: World, row: Row, seed: int, seconds: float = 6.0) -> None:
    """Six people talk in a room of their own through a proxy that delays, cuts into single bytes, and resets."""
    chance = random.Random(seed)
    faults = NetworkFaults(delay=chance.choice([0.0, 0.02, 0.2]), piece=chance.choice([1, 1, 3, 0]), reset=0.02)
    room = f"network-{seed}"
    node = chance.choice(world.nodes)
    async with Proxy(("127.0.0.1", node.port), chance, faults) as proxy:
        url = f"ws://127.0.0.1:{proxy.port}/ws"
        people = [Visitor(f"{room} {number}", [url], random.Random(chance.random()), room=room) for number in range(6)]
        world.guests += people
        for visitor in people:
            visitor.come()
        end = now() + seconds
        while now() < end:
            chance.choice(people).say("how is the network? " + "x" * chance.randrange(200))
            await asyncio.sleep(0.1)
        proxy.faults = NetworkFaults()
        await settled(world, row, people, room)


async def settled(world: World, row: Row, people: list[Visitor], room: str) -> None:
    tag = f"chat:{room}"

    def quiet() -> bool:
        position = world.redis.position_of(tag)
        return all(one.is_joined and not one.outbox and one.position == position for one in people)

    row.took(await world.until(quiet, 20.0, f"{room}: everyone has everything"))
    row.judged(account(world.redis.log_of(tag), world.redis.position_of(tag), people).hold())


@pytest.mark.scenario("8a", "delays, single bytes, resets: 4 seeds")
async def test_a_bad_network_loses_nothing(a_world: Worlds, row: Row, seed: int) -> None:
    """Everything arrives once and in order."""
    async with a_world(Scale(nodes=2, visitors=0)) as world:
        await all_of(*(bad_network(world, row, seed + number, 4.0) for number in range(4)))
        world.check_logs()


@pytest.mark.slow
@pytest.mark.scenario("8", "delays, single bytes, resets: 50 seeds")
async def test_fifty_bad_networks_lose_nothing(a_world: Worlds, row: Row, seed: int) -> None:
    """The same holds for fifty seeds, ten at a time."""
    async with a_world(Scale(nodes=3, visitors=0)) as world:
        for first in range(0, 50, 10):
            await all_of(*(bad_network(world, row, seed + first + number) for number in range(10)))
        world.check_logs()


@pytest.mark.slow
@pytest.mark.scenario("11", "all 1,000 connections of a node cut at once")
async def test_a_thousand_come_back_without_a_stampede(a_world: Worlds, row: Row) -> None:
    """All are back within 15 s, spread out, and the node reads what they missed at most three times."""
    async with a_world(Scale(nodes=1, visitors=1000, rate=10.0)) as world:
        await world.calm()
        world.redis.log_commands()
        cut = now()
        for visitor in world.visitors:
            assert visitor.wire is not None
            visitor.is_joined = False
            visitor.wire.cut()
        row.took(await world.until(lambda: all(one.is_joined for one in world.visitors), 15.0, "all are back"))
        reads = _log_reads(world)
        moments = Counter(int((one.welcomes[-1][0] - cut) * 10) for one in world.visitors)
        row.note(f"log read {reads} times; at most {max(moments.values())} in 100 ms")
        assert reads <= 3
        assert max(moments.values()) < 600
        row.judged(await world.settle())


def _log_reads(world: World) -> int:
    """How often nodes have read the log since log_commands(): by the script, or where nothing was changed, without."""
    commands = Counter(world.redis.logged_commands())
    entries = "EVALSHA " + load_script("enter").sha
    assert commands[entries]  # all who come back are entered: it is logged
    return commands["EVALSHA " + load_script("read").sha] + commands["MULTI"]


@pytest.mark.slow
@pytest.mark.scenario("14", "10 who don't read among 190 who do")
async def test_those_who_do_not_read_are_cut_and_come_back(a_world: Worlds, row: Row) -> None:
    """Nobody else notices, since each outbox is bounded and so is the memory."""
    async with a_world(Scale(nodes=3, visitors=200, rate=10.0)) as world:
        await deaf_people(world, row, deaf=10, p99=0.1)
