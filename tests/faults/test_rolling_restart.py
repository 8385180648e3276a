"""Servers are restarted one after the other, and nobody notices."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ..support import is_listening
from .node import Node
from .oracle import Broken
from .report import Row
from .waiting import machine_is_busy
from .world import QUICK, Scale, World, Worlds, now

EXIT = 10.0  # s for a drain (docs/operations.md)
CLOSES = 10  # in 100 ms on average; of more than 500 people, so many that it takes 5 s
BACK = 10.0  # s for everyone to be back, however busy the machine is
DELETED = "gone"  # refused to whoever changes a message that its author has just deleted, restart or not
LEFT = 5.0  # s without a connection after which somebody leaves the list (docs/operations.md)
HALF, MOST = 0.5, 1.5  # s without a connection: p50 and p99; the page says nothing for 2 s (NOTICEABLE in state.js)


async def restart(world: World, row: Row, node: Node) -> None:
    """Stop it in order and start it again, as one does who upgrades."""
    theirs = [one for one in world.visitors if one.wire is not None and one.wire.port == node.port]
    since = now()
    node.signal(signal.SIGTERM)
    await world.until(lambda: any(at > since for one in theirs for at, _ in one.closes), EXIT, "the first is closed")
    if await is_listening(node.port):
        raise Broken("somebody could still come to the node when it closed the first connection")
    code = await node.exit_code(EXIT)
    if code != 0:
        raise Broken(f"the node ended with {code}")
    closed = [(at, code) for one in theirs for at, code in one.closes if at > since]
    if {code for _, code in closed} - {1012}:
        raise Broken(f"people were closed with {Counter(code for _, code in closed)}")
    await node.launch().started()
    await world.until(lambda: all(one.is_joined for one in world.visitors), BACK, "all are back")
    most = max(Counter(int((at - since) * 10) for at, _ in closed).values())
    row.note(f"{most} of {len(theirs)} closed in the busiest 100 ms")
    if most > max(2 * CLOSES, len(theirs) / 5) and not machine_is_busy():
        raise Broken("the closes weren't spread")


@asynccontextmanager
async def counted(world: World) -> AsyncIterator[list[int]]:
    """Gathers how many people the shortest list has, every 50 ms."""
    counts: list[int] = []

    async def watch() -> None:
        while True:
            counts.append(min(one.count for one in world.visitors))
            await asyncio.sleep(0.05)

    watching = asyncio.ensure_future(watch())
    try:
        yield counts
    finally:
        watching.cancel()


def judge_notices(world: World, since: float, counts: list[int]) -> None:
    """Nobody left anybody's list, was refused, or was told that history was lost."""
    if min(counts) < len(world.visitors):
        raise Broken(f"somebody's list had {min(counts)} of {len(world.visitors)} people")
    for what, happened in (
        ("was told that somebody left", lambda one: one.left),
        ("was refused something", lambda one: [error for error in one.errors if error[1] != DELETED]),
        ("tried a server that was down", lambda one: [(at, "") for at in one.failed]),
        ("came back without what was missed", lambda one: [
            (at, "") for at, welcome in one.welcomes if not welcome["recovered"]
        ]),
    ):  # fmt: skip
        found = [(one.name, detail) for one in world.visitors for at, detail in happened(one) if at > since]
        if found:
            raise Broken(f"{len(found)} times somebody {what}: {found[:3]}")


def absences(world: World, since: float) -> list[float]:
    """How long people had no connection, from its end to the next welcome; the shortest first."""
    return sorted(
        next(back for back, _ in one.welcomes if back > gone) - gone
        for one in world.visitors
        for gone, _ in one.closes
        if gone > since
    )


async def rolling_restart(world: World, row: Row) -> None:
    await world.calm()
    since = now()
    async with counted(world) as counts:
        for node in world.nodes:
            await restart(world, row, node)
    away = absences(world, since)
    half, most = away[len(away) // 2], away[len(away) * 99 // 100]
    row.note(f"{len(away)} times without a connection: p50 {half:.2f} s, p99 {most:.2f} s, {away[-1]:.2f} s at most")
    if machine_is_busy() and away[-1] > LEFT:
        row.note("not judged: the visitors' process had no processor for so long that they left the list")
    else:
        judge_notices(world, since, counts)
    if not machine_is_busy() and (half > HALF or most > MOST):
        raise Broken(f"without a connection: p50 {half:.2f} s, p99 {most:.2f} s")
    row.took(await world.healed(10.0))
    row.judged(await world.settle(resources=False))


@pytest.mark.scenario("25a", "two nodes restarted in turn, on a small scale")
async def test_a_rolling_restart_is_not_noticed(a_world: Worlds, row: Row) -> None:
    """Everyone is back at once on the node that is up, with what was missed, and nobody leaves the list."""
    async with a_world(QUICK) as world:
        await rolling_restart(world, row)


@pytest.mark.slow
@pytest.mark.scenario("25", "two nodes with 2,000 people restarted in turn")
async def test_a_rolling_restart_of_two_thousand_is_not_noticed(a_world: Worlds, row: Row) -> None:
    """The same holds for two thousand; the closes are spread over 5 s."""
    async with a_world(Scale(nodes=2, visitors=2000, rate=5.0)) as world:
        await rolling_restart(world, row)
