"""The connection to Redis breaks at each moment of a post, an edit, a deletion or a reaction: it is made once, and what
is acknowledged is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from wschat.redis_link import PrimaryLink, RoomKeys

from ..support.changes import delete, edit, level, react
from ..support.cutting_proxy import EACH_MOMENT, CuttingProxy, Moment
from ..support.room import LocalNode, until
from ..support.rooms_of_nodes import Outcome, RoomOfNode, agree

KEYS = RoomKeys("chat")
SHOWN = {
    "post": "x",
    "edit": "better",
    "delete": "deleted",
    "react": "m1[{'emoji': '👍', 'count': 1, 'people': ['ann']}]",
}
MARKS = {"post": (b":sent:", b'"type":"message"')}
CHANGE = (b":changed:", b'"type":"amended"')


@pytest.fixture
async def proxy(redis: Redis, redis_server: str) -> AsyncIterator[CuttingProxy]:
    async with CuttingProxy(redis_server) as proxy:
        yield proxy


@pytest.fixture
async def room(proxy: CuttingProxy) -> AsyncIterator[RoomOfNode]:
    """A room with one message, on a node behind the proxy."""
    link = PrimaryLink(proxy.url)
    await link.start()
    node = await LocalNode(link).start()
    room = RoomOfNode(node)
    await room.fill(1)
    yield room
    proxy.pass_again()
    await node.stop()
    await link.stop()


@pytest.fixture
async def other_room(link: PrimaryLink) -> AsyncIterator[RoomOfNode]:
    """The room on another node, whose connections are well."""
    node = await LocalNode(link).start()
    yield RoomOfNode(node)
    await node.stop()


async def ask(room: RoomOfNode, act: str) -> Outcome:
    """Ann posts, or changes the message."""
    if act == "post":
        return await room.post("the post")
    if act == "edit":
        return await edit(room, 1, "better")
    return await (delete(room, 1) if act == "delete" else react(room, 1, "👍"))


@pytest.mark.parametrize("act", SHOWN)
@pytest.mark.parametrize("moment", EACH_MOMENT, ids=str)
async def test_a_cut_at_any_moment_leaves_one_change(
    proxy: CuttingProxy, room: RoomOfNode, other_room: RoomOfNode, act: str, moment: Moment
) -> None:
    """Its sender is told its number, and the same when they repeat it; everyone has it once."""
    members = [room.node.listen(), other_room.node.listen()]
    proxy.arm(moment, *MARKS.get(act, CHANGE))
    assert await ask(room, act) == 2
    await until(lambda: proxy.has_cut)
    assert await ask(room, act) == await ask(other_room, act) == 2
    await level(room, other_room)
    assert (await agree([room, other_room]))[2 if act == "post" else 1] == SHOWN[act]
    assert room.place[1] == 2
    assert [[event["seq"] for event in member.events] for member in members] == [[2], [2]]


@pytest.mark.parametrize("act", SHOWN)
@pytest.mark.parametrize("moment", [Moment("request", 0.0), Moment("request", 0.5), Moment("reply", 0.0)], ids=str)
async def test_whoever_repeats_a_command_on_another_server_makes_one_change(
    proxy: CuttingProxy, room: RoomOfNode, other_room: RoomOfNode, act: str, moment: Moment
) -> None:
    """The first server's link is silent, so the person asks a second one; when the link is back, the first one is told
    the same.
    """
    proxy.arm(moment, *MARKS.get(act, CHANGE), is_silent=True)
    first = asyncio.ensure_future(ask(room, act))
    await until(lambda: proxy.has_cut)
    assert await ask(other_room, act) == 2
    proxy.pass_again()
    assert await first == 2
    await level(room, other_room)
    assert (await agree([room, other_room]))[2 if act == "post" else 1] == SHOWN[act]
    assert room.place[1] == 2
