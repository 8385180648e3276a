"""Keys of a room that are lost, cut short, of another type or full of nonsense: all nodes show the same in the end, and
what is acknowledged is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import forget_room
from wschat.errors import ErrorCode, Refused
from wschat.model import Person
from wschat.redis_link import PrimaryLink, RoomKeys

from ..support.changes import delete, edit, react
from ..support.client import PATIENCE
from ..support.foreign import KINDS, put
from ..support.room import ANN, SHORT_TIMES, LocalNode, until
from ..support.rooms_of_nodes import RoomOfNode, agree

KEYS = RoomKeys("chat")
EACH_KEY = ["log", "meta", "amended", "reactions:4", "online", "people", "names", "roles", "rules", "barred", "acts",
            "newcomers", "log:copy", "sent:ann:p1", "pace:ann", "address:ann", "muted:ann", "slow:ann"]  # fmt: skip
BOB, DAN, EVE, ZOE = (Person(name.lower(), name) for name in ("Bob", "Dan", "Eve", "Zoe"))

NewNode = Callable[[], Awaitable[LocalNode]]


async def remove(redis: Redis, key: str) -> None:
    await redis.delete(key)


async def cut_short(redis: Redis, key: str) -> None:
    """The key is there, with half of what it had."""
    kind: Any = await redis.type(key)
    if kind == b"stream":
        await redis.xtrim(key, maxlen=await redis.xlen(key) // 2, approximate=False)
    elif kind == b"hash":
        fields: Any = await redis.hkeys(key)
        await redis.hdel(key, *fields[: (len(fields) + 1) // 2])
    elif kind == b"zset":
        await redis.zpopmin(key)
    elif kind == b"string":
        await redis.set(key, "")


async def fill_with_nonsense(redis: Redis, key: str) -> None:
    """Each value is one that nobody of us wrote."""
    kind: Any = await redis.type(key)
    if kind == b"stream":
        await redis.xadd(key, {"m": "nonsense"})
    elif kind == b"hash":
        await redis.hset(key, mapping=dict.fromkeys(await redis.hkeys(key), b"\xffnan"))
    elif kind == b"zset":
        await redis.zadd(key, {b"\xffnan": 9e15})
    else:
        await redis.set(key, b"\xffnan")


def replace_by(kind: str) -> Callable[[Redis, str], Awaitable[None]]:
    return lambda redis, key: put(redis, key, kind)


DAMAGES = {
    "deleted": remove,
    "cut short": cut_short,
    "nonsense": fill_with_nonsense,
    **{kind: replace_by(kind) for kind in KINDS},
}


# What an operator takes out of a log is a hole, and a form that is none is as if there were none.
CUT = {("log", "cut short"), ("amended", "nonsense")}


@pytest.fixture
async def new_node(redis_server: str) -> AsyncIterator[NewNode]:
    """Makes nodes with links of their own."""
    ends: list[Callable[[], Awaitable[None]]] = []

    async def make() -> LocalNode:
        link = PrimaryLink(redis_server)
        await link.start()
        ends.append(link.stop)
        node = await LocalNode(link, times=SHORT_TIMES).start()
        ends.append(node.stop)
        return node

    yield make
    for end in reversed(ends):
        await end()


async def lively(room: RoomOfNode, redis: Redis) -> None:
    """Ann and Bob are there; of messages 1 to 6, 2 was edited, 3 deleted, and 4 has a reaction; there are rules."""
    await room.opened()
    assert await room.enter(ANN) is None
    assert await room.enter(BOB) is None
    await room.fill(6)
    assert [await edit(room, 2, "better"), await delete(room, 3), await react(room, 4, "👍")] == [7, 8, 9]
    keys = RoomKeys(room.name)
    await redis.hset(keys.rules, mapping={"version": 1, "topic": "soup", "bars": 1})
    await redis.hset(keys.barred, "mute:troll", "0 1 - {}")
    await redis.xadd(keys.acts, {"a": "{}"})
    await redis.hset(keys.meta, "rules", 1)
    await until(lambda: room.place[1] == 9)


# --- each key -----------------------------------------------------------------------


@pytest.mark.parametrize("damage", DAMAGES)
async def test_nodes_agree_whichever_key_is_damaged(new_node: NewNode, redis: Redis, damage: str) -> None:
    """A node that was there and a fresh one show the same, and what they acknowledge is in Redis; or the room answers
    that it is unavailable, until the key is deleted.
    """
    node = await new_node()
    rooms = {key: RoomOfNode(node, f"room-{at}") for at, key in enumerate(EACH_KEY)}
    await asyncio.gather(*(lively(room, redis) for room in rooms.values()))
    for key, room in rooms.items():
        await DAMAGES[damage](redis, RoomKeys(room.name).own(key))
    fresh = await new_node()
    goings = (
        goes_on(rooms[key], RoomOfNode(fresh, rooms[key].name), redis, key, is_cut=(key, damage) in CUT)
        for key in EACH_KEY
    )
    outcomes = await asyncio.gather(*goings, return_exceptions=True)
    troubles = {key: outcome for key, outcome in zip(rooms, outcomes, strict=True) if outcome is not None}
    assert not troubles


async def goes_on(room: RoomOfNode, fresh: RoomOfNode, redis: Redis, key: str, *, is_cut: bool) -> None:
    """People come in on both nodes, and what they write and change is the same on both. `is_cut`: what was written
    before may be shown by those only who have it in memory.
    """
    await repaired_if_broken(room, fresh, redis, key)
    assert await fresh.enter(EVE) is None
    assert await room.enter(ZOE) is None
    first, second = await room.post("first"), await fresh.post("second")
    assert isinstance(first, int), first
    assert isinstance(second, int), second
    await until(lambda: min(room.place[1], fresh.place[1]) >= second)
    edited, reacted = await edit(fresh, first, "changed"), await react(room, first, "🎉")
    assert isinstance(edited, int), edited
    assert isinstance(reacted, int), reacted
    await until(lambda: min(room.place[1], fresh.place[1]) >= reacted)
    shown = await agree([room, fresh], first if is_cut else 1)
    assert shown[first].startswith("changed[{'emoji': '🎉', 'count': 1")
    assert shown[second] == "x"
    assert {"Ann", "Bob", "Eve", "Zoe"} <= {*room.people()}


async def repaired_if_broken(room: RoomOfNode, fresh: RoomOfNode, redis: Redis, key: str) -> None:
    """Where the room answers that it is unavailable, the operator deletes the key."""
    with suppress(asyncio.TimeoutError):
        await asyncio.wait_for(fresh.opened(), 1)
    trials = await asyncio.gather(room.post("a trial"), room.enter(DAN))
    refused = [one for one in trials if isinstance(one, Refused)]
    assert all(one.code is ErrorCode.UNAVAILABLE for one in refused)
    if refused:
        await redis.delete(RoomKeys(room.name).own(key))
    await asyncio.wait_for(fresh.opened(), PATIENCE)


# --- what was lost is a new epoch ---------------------------------------------------


@pytest.mark.parametrize("damage", ["deleted", "cut short", *KINDS])
async def test_lost_changes_are_a_lost_log(new_node: NewNode, redis: Redis, damage: str) -> None:
    """A fresh node has the former texts; so those who were there are told once, and have them too."""
    room = RoomOfNode(await new_node())
    await lively(room, redis)
    epoch = room.place[0]
    await DAMAGES[damage](redis, KEYS.amended)
    fresh = RoomOfNode(await new_node())
    await until(lambda: room.place[0] != epoch)
    await agree([room, fresh])
    assert await edit(fresh, 2, "again") == 10
    assert (await agree([room, fresh, RoomOfNode(await new_node())]))[2] == "again"


@pytest.mark.parametrize("key", ["amended", "log"])
@pytest.mark.parametrize("act", ["post", "edit"])
async def test_whatever_comes_next_notices_the_loss(new_node: NewNode, redis: Redis, key: str, act: str) -> None:
    """Also where no node is fresh: a post is stored in a new epoch, and a change is refused, after the `reset`."""
    rooms = [RoomOfNode(await new_node()) for _ in range(2)]
    await lively(rooms[0], redis)
    member = rooms[0].node.listen()
    epoch = rooms[0].place[0]
    await redis.delete(KEYS.own(key))
    outcome = await (rooms[0].post("after") if act == "post" else edit(rooms[0], 2, "again"))
    assert outcome == 10 if act == "post" else isinstance(outcome, Refused) and outcome.code is ErrorCode.GONE
    await until(lambda: all(room.place[0] not in ("", epoch) for room in rooms))
    await until(lambda: [event["type"] for event in member.events].count("reset") == 1)
    await agree([*rooms, RoomOfNode(await new_node())])


async def test_an_emptied_room_has_lost_nothing(new_node: NewNode, redis: Redis) -> None:
    """All its messages were deleted and purged, or trimmed: it goes on in its epoch, on fresh nodes too."""
    room = RoomOfNode(await new_node())
    await room.fill(3)
    for seq in (1, 2, 3):
        await delete(room, seq)
    await redis.xtrim(KEYS.log, maxlen=0)
    await room.room.feed.log.purge(after=0)
    place = room.place
    fresh = RoomOfNode(await new_node())
    assert fresh.place == place
    assert await fresh.post("next") == 7
    await until(lambda: room.place == fresh.place == (place[0], 7))


# --- the operator's way out ---------------------------------------------------------


@pytest.mark.parametrize("kind", ["string", "list", "stream"])
async def test_a_broken_room_can_be_forgotten_and_begins_anew(new_node: NewNode, redis: Redis, kind: str) -> None:
    """Whichever of its keys is of another type: `forget --room` is the way out that the docs name."""
    node = await new_node()
    for at, key in enumerate(EACH_KEY):
        name = f"room-{at}"
        await put(redis, RoomKeys(name).own(key), kind)
        await forget_room(node.link, name)
        room = RoomOfNode(node, name)
        await asyncio.wait_for(room.opened(), PATIENCE)
        assert await room.enter(EVE) is None, key
        assert await room.post("first") == 1, key
