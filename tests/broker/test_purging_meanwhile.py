"""Messages that are deleted or trimmed while a purge copies their log: it ends all the same, and none of them stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker.erasing import purging
from wschat.redis_link import Call, RedisLink, RoomKeys, load_script

from ..support.changes import delete
from ..support.redis import contents
from ..support.room import LocalNode

KEYS = RoomKeys("chat")
PORTION = 10


async def step(link: RedisLink) -> int:
    """Copy one portion, as any node may; what the script returns."""
    names = [KEYS.log, KEYS.meta, KEYS.log_copy]
    done: int = await link.execute(Call.of(load_script("purge"), names, [0, PORTION, 100_000, 0]))
    return done


def texts(stored: bytes, *numbers: int) -> list[bool]:
    """Whether the texts of these messages are still there."""
    return [b'"text":"m%d"' % number in stored for number in numbers]


async def test_deletions_do_not_make_a_purge_begin_anew(room_node: LocalNode, redis: Redis, link: RedisLink) -> None:
    """Somebody deletes an old message between any two calls; the bytes of these go with the next copy."""
    await room_node.fill(100)
    await delete(room_node, 50)
    deleted = 0
    while deleted < 20 and await step(link) == 1:
        deleted += 1
        await delete(room_node, deleted)
    assert 10 <= deleted < 15
    assert texts(await contents(redis), 50, 1, 100) == [False, True, True]
    assert await redis.hexists(KEYS.meta, "purge")
    await purging.purge(link, KEYS, 0)
    assert texts(await contents(redis), *range(1, deleted + 1), 100) == [False] * deleted + [True]
    assert not await redis.hexists(KEYS.meta, "purge")
    assert await room_node.feed.log.redis.head() == room_node.feed.log.position


async def test_a_purge_ends_although_somebody_deletes_all_the_time(
    room_node: LocalNode, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or no other room would be purged, and no sweep would end: a large log is copied in many calls."""
    await room_node.fill(100)
    await delete(room_node, 100)
    execute, deleted = link.execute, list[int]()

    async def slow(call: Call) -> Any:
        done = await execute(call)
        deleted.append(len(deleted) + 1)
        await delete(room_node, deleted[-1])
        return done

    monkeypatch.setattr(purging, "PURGE_PORTION", (PORTION, 100_000))
    slow_link: Any = SimpleNamespace(execute=slow)
    await purging.purge(slow_link, KEYS, 0)
    assert len(deleted) < 30


async def test_a_copy_that_had_begun_keeps_nothing_that_was_deleted_before_the_purge(
    room_node: LocalNode, redis: Redis, link: RedisLink
) -> None:
    """A node copies the log; `forget` deletes a message that the copy has, and then purges until it is gone."""
    await room_node.fill(100)
    await delete(room_node, 50)
    assert await step(link) == 1
    await delete(room_node, 7)
    await purging.purge(link, KEYS, 0)
    assert texts(await contents(redis), 7, 50, 100) == [False, False, True]


async def test_no_bytes_of_what_is_trimmed_meanwhile_stay(room_node: LocalNode, redis: Redis, link: RedisLink) -> None:
    """A post trims the log by number while it is copied, and the copy has the first of these entries."""
    await room_node.fill(40)
    await delete(room_node, 30)
    assert await step(link) == 1
    await redis.xtrim(KEYS.log, minid="8-0", approximate=False)
    await purging.purge(link, KEYS, 0)
    assert texts(await contents(redis), 1, 7, 8, 30, 40) == [False, False, True, False, True]
    assert not await redis.hexists(KEYS.meta, "purge")


async def test_a_copy_loses_all_that_it_has(room_node: LocalNode, redis: Redis, link: RedisLink) -> None:
    """The whole portion is deleted meanwhile; what follows is copied once."""
    await room_node.fill(30)
    await delete(room_node, 20)
    assert await step(link) == 1
    for number in range(1, PORTION + 1):
        await delete(room_node, number)
    await purging.purge(link, KEYS, 0)
    entries: Any = await redis.xrange(KEYS.log)
    kept = [int(number.partition(b"-")[0]) for number, _ in entries]
    assert kept == [*range(11, 20), *range(21, 31), *range(31, 42)]


async def test_a_copy_of_another_type_fails_nothing(room_node: LocalNode, redis: Redis, link: RedisLink) -> None:
    """Another program's key makes way, for a deletion and for a purge."""
    await room_node.fill(2)
    await redis.set(KEYS.log_copy, "junk")
    assert isinstance(await delete(room_node, 1), int)
    assert not await redis.exists(KEYS.log_copy)
    await redis.set(KEYS.log_copy, "junk")
    await purging.purge(link, KEYS, 0)
    assert not await redis.exists(KEYS.log_copy)
    assert not await redis.hexists(KEYS.meta, "purge")
