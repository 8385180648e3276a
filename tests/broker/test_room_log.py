"""A room's log on a node: the newest in memory, the rest in blocks that all readers share."""

from __future__ import annotations

import asyncio
import json

import pytest
from redis.asyncio import Redis

from wschat.broker import clear_room
from wschat.broker.log.log_tail import TAIL
from wschat.broker.log.redis_log import BLOCK
from wschat.broker.log.room_log import Log, opened_log
from wschat.errors import LogLost, RedisWriteRefused
from wschat.model import Position
from wschat.redis_link import RedisLink

from ..support.room import LocalNode, until


def numbers(found: dict[int, bytes]) -> list[int]:
    return [json.loads(found[number])["seq"] for number in sorted(found)]


async def test_the_newest_messages_are_in_memory(room_node: LocalNode) -> None:
    """As many as are asked for, in at most so many bytes, oldest first; nothing is read for them."""
    await room_node.fill(20)
    log = room_node.feed.log
    reads = log.redis.reads
    assert [json.loads(message)["seq"] for message in log.newest(5, 10**6)] == [16, 17, 18, 19, 20]
    assert log.newest(0, 10**6) == []
    one = len(log.newest(1, 10**6)[0])
    assert len(log.newest(5, 2 * one)) == 2
    assert len(log.newest(50, 10**6)) == 20
    assert log.redis.reads == reads


async def test_memory_does_not_grow_with_the_room(room_node: LocalNode) -> None:
    """It holds the newest 500; what is older is read, and what is no longer there is told apart from nothing."""
    await room_node.fill(TAIL + 50)
    log = room_node.feed.log
    assert log.tail_after(49) is None
    assert len(log.tail_after(50) or []) == TAIL
    assert log.tail_after(TAIL + 50) == []


async def test_any_part_can_be_had_with_its_border_in_memory_or_not(room_node: LocalNode) -> None:
    """Across blocks, across the border between Redis and memory, and no further than the end."""
    await room_node.fill(TAIL + 300)
    log = room_node.feed.log
    for first, last in (1, 1), (1, 300), (BLOCK, BLOCK + 1), (295, 305), (TAIL + 299, TAIL + 999), (1, TAIL + 300):
        assert numbers(await log.messages(first, last)) == list(range(first, min(last, TAIL + 300) + 1))
    assert await log.messages(5, 4) == {}


async def test_a_block_is_read_once_however_many_ask(room_node: LocalNode) -> None:
    """Fifty who come back at the same time cost one question to Redis."""
    await room_node.fill(TAIL + 300)
    log = room_node.feed.log
    reads = log.redis.reads
    await asyncio.gather(*(log.messages(1, 100) for _ in range(50)))
    await log.messages(1, BLOCK)
    assert log.redis.reads == reads + 1


async def test_what_redis_has_trimmed_is_forgotten_here(link: RedisLink) -> None:
    """Nobody could delete it: neither a page of the history nor a quote shows it, as on a node that never read it."""
    node = await LocalNode(link, keep=2 * BLOCK).start()
    await node.fill(3 * BLOCK)
    log = node.feed.log
    assert numbers(await log.messages(BLOCK + 1, BLOCK + 5)) == list(range(BLOCK + 1, BLOCK + 6))
    await node.fill(2 * BLOCK)
    assert await log.messages(BLOCK + 1, BLOCK + 5) == {}
    assert await log.messages_at([BLOCK + 1]) == {}
    await node.stop()


@pytest.mark.parametrize("newest_first", [False, True])
async def test_a_whole_log_is_walked_through_in_portions(
    room_node: LocalNode, link: RedisLink, redis: Redis, newest_first: bool
) -> None:
    """As far as they are kept, and up to the end as it was at the beginning: each message once."""
    await room_node.fill(TAIL + 300)
    await redis.xtrim("{chat}:log", minid="101-0", approximate=False)
    log = await opened_log(link, "chat")
    portions: list[list[int]] = []
    async for messages in log.walk(newest_first=newest_first):
        if not portions:
            await room_node.fill(1)
        portions.append([message.seq for message in messages])
    if newest_first:
        portions.reverse()
    assert max(map(len, portions)) == BLOCK
    assert [seq for portion in portions for seq in portion] == list(range(101, TAIL + 301))


async def test_a_walk_passes_over_a_hole_at_once(room_node: LocalNode, link: RedisLink, redis: Redis) -> None:
    """Another program's entry has a number that is far off: the numbers between aren't gone through."""
    await room_node.fill(2 * BLOCK)
    await redis.xadd("{chat}:log", {"x": "y"}, id="5000000-0")
    await redis.hset("{chat}:meta", "seq", 5_000_000)
    log = await opened_log(link, "chat")
    assert log.seq == 5_000_000
    reads = log.redis.reads
    found = [message.seq async for messages in log.walk(newest_first=True) for message in messages]
    assert sorted(found) == list(range(1, 2 * BLOCK + 1))
    assert log.redis.reads - reads < 10


@pytest.mark.parametrize("newest_first", [False, True])
async def test_a_walk_ends_where_another_log_begins(room_node: LocalNode, link: RedisLink, newest_first: bool) -> None:
    """The room is cleared, and has messages again: none of them is given for one of those before."""
    await room_node.fill(2 * BLOCK)
    for log in await opened_log(link, "chat"), room_node.feed.log:
        walk = log.walk(newest_first=newest_first)
        assert len(await anext(walk)) == BLOCK
        await clear_room(link, "chat")
        await until(lambda: room_node.feed.log.seq == 0)
        for number in range(2 * BLOCK):
            room_node.post(f"{log.epoch}{number}")
        await until(lambda: room_node.feed.log.seq == 2 * BLOCK)
        with pytest.raises(LogLost):
            await anext(walk)


async def test_a_look_says_where_redis_is_and_what_is_new(room_node: LocalNode, link: RedisLink) -> None:
    """Of one moment."""
    await room_node.fill(5)
    behind = Log(link, room_node.feed.keys, 10_000)
    fetched = await behind.fetch_position(3)
    position, messages, *_ = fetched
    assert position == room_node.feed.log.position
    assert [json.loads(message)["seq"] for message in messages] == [3, 4, 5]
    behind.start_over(fetched._replace(position=Position(position.epoch, 3), events=messages[:1]))
    _, messages, *_ = await behind.fetch_position(3)
    assert [json.loads(message)["seq"] for message in messages] == [4, 5]
    assert (await room_node.feed.log.fetch_position(3)).events == []


async def test_a_log_that_went_back_gets_a_new_epoch(room_node: LocalNode, redis: Redis) -> None:
    """A replica that lagged, a backup that was restored: positions of before mean something else now."""
    await room_node.fill(5)
    before = room_node.feed.log.position
    await redis.hset("{chat}:meta", "seq", 3)
    await redis.xdel("{chat}:log", "4-0", "5-0")
    position, *_ = await room_node.feed.log.fetch_position(10)
    assert position.epoch != before.epoch
    assert position.seq == 3


async def test_a_log_that_went_back_is_read_while_redis_stores_nothing(room_node: LocalNode, redis: Redis) -> None:
    """Whoever reconnects would wait in vain; the new epoch comes as soon as it can be stored."""
    await room_node.fill(5)
    await room_node.poller.stop()
    log = room_node.feed.log
    await redis.hset("{chat}:meta", "seq", 3)
    await redis.xdel("{chat}:log", "4-0", "5-0")
    await redis.config_set("maxmemory", "1")
    try:
        position, *_ = await log.redis.open(log.position, b"")
    finally:
        await redis.config_set("maxmemory", "0")
    assert (position.epoch, position.seq) == (log.epoch, 3)
    stored, *_ = await log.redis.open(log.position, b"")
    assert stored.epoch != log.epoch


async def test_a_log_that_went_back_and_grew_is_never_taken_for_the_former_one(
    room_node: LocalNode, redis: Redis
) -> None:
    """Where Redis can't store the new epoch, what the log has by now would be shown as what followed the lost."""
    await room_node.fill(5)
    await room_node.poller.stop()
    log = room_node.feed.log
    await redis.config_set("maxmemory", "1")
    try:
        with pytest.raises(RedisWriteRefused):
            await log.redis.open(Position(log.epoch, 4), b"what was there")
    finally:
        await redis.config_set("maxmemory", "0")


@pytest.mark.parametrize("deleted", [["3-0"], ["1-0", "2-0", "3-0"]], ids=str)
async def test_a_log_whose_end_is_deleted_keeps_its_epoch_while_redis_stores_nothing(
    room_node: LocalNode, redis: Redis, deleted: list[str]
) -> None:
    """Its position is lost, and can't be stored: each look would begin another epoch, and everyone be told of it."""
    await room_node.fill(3)
    await room_node.poller.stop()
    log = room_node.feed.log
    await redis.xdel("{chat}:log", *deleted)
    await redis.delete("{chat}:meta")
    await redis.config_set("maxmemory", "1")
    try:
        assert await log.redis.open(log.position, b"") == (log.position, False)
        unknown, _ = await log.redis.open(Position("", 0), b"")
        assert await log.redis.open(unknown, b"") == (unknown, False)
    finally:
        await redis.config_set("maxmemory", "0")
    stored, _ = await log.redis.open(log.position, b"")
    assert stored.epoch != log.epoch
    assert stored.seq == 3
