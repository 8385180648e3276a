"""Somebody is removed, and tries to come back while Redis is killed, or fails over to a replica."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from wschat.admin import moderators_link
from wschat.redis_link import RedisSource

from ..support import Client, join, visit
from ..support.engines import Cluster, SentinelSet
from ..support.moderation import act, id_of
from .failover import accounts, fails_over
from .report import Row
from .world import QUICK, World, Worlds

TRY_EVERY = 0.3  # s


class Outcast:
    """A person with a tab on each node, and every attempt to come back after their removal."""

    def __init__(self, world: World, tabs: list[Client]) -> None:
        self._urls = [node.ws for node in world.nodes]
        self.tabs = tabs
        self.id = id_of(tabs[0])
        self._token = tabs[0].welcome["token"]
        self.outcomes: list[str] = []

    @classmethod
    async def come(cls, world: World) -> Outcast:
        first = await join(world.nodes[0].ws, "Outcast")
        rest = [await join(node.ws, "Outcast", token=first.welcome["token"]) for node in world.nodes[1:]]
        return cls(world, [first, *rest])

    async def keep_trying(self) -> None:
        """A reload, another node, another name, a position to resume from, in turn, until this is cancelled."""
        number = 0
        while True:
            hello = {"token": self._token, "name": ("Outcast", "Somebody")[number % 2]}
            if number % 3 == 0:
                hello["resume"] = {"epoch": self.tabs[0].welcome["epoch"], "seq": 0}
            self.outcomes.append(await self._try(self._urls[number % len(self._urls)], hello))
            await asyncio.sleep(TRY_EVERY)
            number += 1

    async def _try(self, url: str, hello: dict[str, Any]) -> str:
        visitor = await visit(url)
        try:
            await visitor.send("hello", **hello)
            return await asyncio.wait_for(_answer(visitor), 20.0)
        except (ConnectionClosed, asyncio.TimeoutError):
            return "no answer"
        finally:
            await visitor.leaves()


async def _answer(visitor: Client) -> str:
    """The code of the error, or `welcome`; what is told meanwhile is passed over."""
    async for frame in visitor.connection:
        event = json.loads(frame)
        if event["type"] in ("welcome", "error"):
            return str(event.get("code", "welcome"))
    return "no answer"


async def removed(world: World) -> tuple[Outcast, Client, Client]:
    """The outcast, just removed; a moderator; and somebody on another node who watches the list."""
    source = RedisSource(world.redis.url, "the world's Redis")
    link = source.open_link()
    await link.start()
    token = await moderators_link(link, "chat", revoke=False)
    await link.stop()
    mia = await join(world.nodes[0].ws, "Mia", mod=token)
    watcher = await join(world.nodes[-1].ws, "Watcher")
    outcast = await Outcast.come(world)
    await act(mia, "remove", person=outcast.id, seconds=3600)
    for tab in outcast.tabs:
        assert await tab.close_code() == 4501
    return outcast, mia, watcher


async def judge(outcast: Outcast, mia: Client, watcher: Client) -> None:
    """They stayed out, the others saw them go once, and the bar still stands."""
    assert set(outcast.outcomes) <= {"barred", "no answer"}, outcast.outcomes
    assert outcast.outcomes[-1] == "barred"
    assert await watcher.is_there()
    lists = [event for event in watcher.events if event["type"] == "online"]
    assert sum(one["id"] == outcast.id for event in lists for one in event["left"]) == 1
    last_seen = max(
        (at for at, event in enumerate(lists) for one in event["joined"] if one["id"] == outcast.id), default=-1
    )
    gone = next(at for at, event in enumerate(lists) for one in event["left"] if one["id"] == outcast.id)
    assert last_seen <= gone
    barred = (await act(mia, "barred"))["barred"]
    assert [(one["person"]["id"], one["act"]) for one in barred] == [(outcast.id, "remove")]


@pytest.mark.slow
@pytest.mark.scenario("28", "Removed; Redis killed for 3 s")
async def test_a_removed_person_stays_out_while_redis_is_killed(a_world: Worlds, row: Row) -> None:
    """By reload, tab, node, name and position, before, during and after; the talk of the others isn't touched."""
    async with a_world(QUICK) as world:
        outcast, mia, watcher = await removed(world)
        attempts = asyncio.ensure_future(outcast.keep_trying())
        await world.calm(1.0)
        world.redis.kill()
        await asyncio.sleep(3.0)
        world.redis.start()
        row.took(await world.healed(15.0))
        await asyncio.sleep(2.0)
        attempts.cancel()
        await judge(outcast, mia, watcher)
        row.note(f"{len(outcast.outcomes)} attempts to come back")
        for client in (mia, watcher):
            await client.leaves()
        row.judged(await world.settle(resources=False))


@pytest.mark.slow
@pytest.mark.scenario("28a", "Removed; Sentinel fails over")
async def test_a_removed_person_stays_out_over_a_failover(a_world: Worlds, row: Row) -> None:
    """The replica that takes over has the bar; nobody is let in meanwhile."""
    async with a_world(QUICK, engine=SentinelSet) as world:
        outcast, mia, watcher = await removed(world)
        attempts = asyncio.ensure_future(outcast.keep_trying())
        await world.calm(1.0)
        world.before = world.redis.owner()
        world.before.kill()
        primary = await fails_over(world, row)
        await asyncio.sleep(2.0)
        attempts.cancel()
        await judge(outcast, mia, watcher)
        row.note(f"{len(outcast.outcomes)} attempts to come back")
        for client in (mia, watcher):
            await client.leaves()
        await accounts(world, row, primary)


@pytest.mark.slow
@pytest.mark.scenario("28b", "Removed; the room's slot moves")
async def test_a_removed_person_stays_out_when_the_room_moves(a_world: Worlds, row: Row) -> None:
    """The rules and the bars move with the room, and the nodes follow."""
    async with a_world(QUICK, engine=Cluster) as world:
        outcast, mia, watcher = await removed(world)
        attempts = asyncio.ensure_future(outcast.keep_trying())
        await world.calm(1.0)
        before = world.redis.owner("chat")
        to = next(server for server in world.redis.primaries() if server is not before)
        await asyncio.to_thread(world.redis.move_key_by_key, "chat", to)
        row.took(await world.healed(5.0))
        await asyncio.sleep(1.0)
        attempts.cancel()
        await judge(outcast, mia, watcher)
        for name, fields in (("slow", {"seconds": 1}), ("topic", {"text": "moved"}), ("slow", {"seconds": 0})):
            await act(mia, name, **fields)
        row.note(f"{len(outcast.outcomes)} attempts to come back")
        for client in (mia, watcher):
            await client.leaves()
        row.judged(await world.settle(resources=False))
