"""Numbers that another program has brought into a room: they are none of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from wschat.redis_link import RoomKeys

from ..support.changes import react
from ..support.client import PATIENCE
from ..support.room import LocalNode, until
from ..support.rooms_of_nodes import RoomOfNode, agree

KEYS = RoomKeys("chat")
LEAST = 10**11  # the lowest number that is none of the chat's

NewNode = Callable[[], Awaitable[LocalNode]]


async def test_entries_of_another_program_go(local_nodes: NewNode, redis: Redis) -> None:
    """XADD gives them the time as their number: the room's numbers go on as before, and nobody is told of a loss."""
    room = RoomOfNode(await local_nodes())
    await room.fill(3)
    epoch = room.place[0]
    await redis.xadd(KEYS.log, {"m": "hello"})
    assert await room.post("after") == 4
    await redis.xadd(KEYS.log, {"m": "hello"})
    fresh = RoomOfNode(await local_nodes())
    assert (await agree([room, fresh])).keys() == {1, 2, 3, 4}
    foreign = await redis.xadd(KEYS.log, {"m": "hello"})
    await redis.xdel(KEYS.log, foreign)
    assert await fresh.post("and after") == 5
    await until(lambda: room.place == fresh.place == (epoch, 5))


@pytest.mark.parametrize("is_opened", [True, False])
async def test_a_deleted_entry_of_another_program_gives_no_number_to_a_lost_meta(
    local_nodes: NewNode, redis: Redis, is_opened: bool
) -> None:
    """Neither for a node that opens the room then nor for a post: or all that follows would be taken for foreign."""
    room = RoomOfNode(await local_nodes())
    await room.fill(3)
    await redis.xdel(KEYS.log, await redis.xadd(KEYS.log, {"m": "hello"}))
    await redis.delete(KEYS.meta)
    if is_opened:
        await local_nodes()
    assert [await room.post("a"), await room.post("b")] == [4, 5]
    fresh = RoomOfNode(await local_nodes())
    assert (await agree([room, fresh])).keys() == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("number", [LEAST, LEAST + 1])
async def test_the_lowest_foreign_number_goes_like_the_others(local_nodes: NewNode, redis: Redis, number: int) -> None:
    """A script that kept it would drop it again and again, and Redis would answer nobody any more."""
    room = RoomOfNode(await local_nodes())
    await room.fill(3)
    epoch = room.place[0]
    await redis.xadd(KEYS.log, {"m": "hello"}, f"{number}-0")
    assert await asyncio.wait_for(room.post("after"), PATIENCE) == 4
    await until(lambda: room.place == (epoch, 4))
    assert await redis.ttl(KEYS.log) == -1, "the main room is kept for ever"


async def test_an_entry_with_thousands_of_fields_stops_nobody(local_nodes: NewNode, redis: Redis) -> None:
    """A script can't copy them all: as foreign numbers go, such an entry becomes a hole."""
    room = RoomOfNode(await local_nodes())
    await room.fill(3)
    await redis.xadd(KEYS.log, {f"field {number}": "" for number in range(5000)}, "4-0")
    await redis.hset(KEYS.meta, "seq", 4)
    await redis.xadd(KEYS.log, {"m": "hello"})
    fresh = RoomOfNode(await local_nodes())
    assert (await fresh.shown()).keys() == {1, 2, 3}
    assert await fresh.post("after") == 5
    assert (await agree([room, fresh])).keys() == {1, 2, 3, 5}
    assert await redis.ttl(KEYS.log) == -1, "the main room is kept for ever"


@pytest.mark.parametrize("seq", [10**9, 10**10, 10**12, 10**14, 10**15])
async def test_a_number_that_is_far_too_high_keeps_nobody_waiting(local_nodes: NewNode, redis: Redis, seq: int) -> None:
    """Nobody reads through the hole before it."""
    room = RoomOfNode(await local_nodes())
    await room.fill(3)
    await redis.hset(KEYS.meta, "seq", seq)
    after = await room.post("after")
    assert isinstance(after, int)
    fresh = RoomOfNode(await local_nodes())
    shown = await agree([room, fresh])
    assert shown.keys() == {1, 2, 3, after}
    reacted = await react(fresh, after, "👍")
    assert isinstance(reacted, int)
    await until(lambda: room.place[1] == fresh.place[1] == reacted)
    assert "'count': 1" in (await agree([room, fresh]))[after]
