"""The bytes of what is gone leave Redis while the room goes on: a log is copied in portions, and changes meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import backup
from wschat.broker import Retention
from wschat.broker.erasing import purging
from wschat.counters import Counters
from wschat.model import timestamp
from wschat.redis_link import Call, RedisLink, RoomKeys, load_script

KEYS = RoomKeys("chat")
DAY = 24 * 3600.0


def entry(seq: int) -> bytes:
    """Message `seq`, which was written on that day of 1970."""
    author = b'"id":"p%d","from":{"id":"ann","name":"Ann"}' % seq
    facts = b'"text":"text %d","time":"%s","room":"chat"' % (seq, timestamp(seq * DAY).encode())
    return b'{"type":"message","seq":%d,"epoch":"e",%s,%s}' % (seq, author, facts)


async def add(redis: Redis, *seqs: int, keep: int | None = None) -> None:
    for seq in seqs:
        await redis.xadd(KEYS.log, {"m": entry(seq)}, f"{seq}-0", maxlen=keep, approximate=False)
    await redis.hset(KEYS.meta, mapping={"epoch": "e", "seq": seqs[-1]})


async def purge(link: RedisLink, portion: int, size: int = 100_000) -> bool:
    """Do one step of a purge; whether there is more to be done."""
    call = Call.of(load_script("purge"), [KEYS.log, KEYS.meta, KEYS.log_copy], [0, portion, size, 0])
    return bool(await link.execute(call))


async def kept(redis: Redis) -> list[int]:
    entries: Any = await redis.xrange(KEYS.log)
    return [int(number.partition(b"-")[0]) for number, _ in entries]


async def test_what_is_too_old_does_not_come_back_with_a_purge_that_had_begun(redis: Redis, link: RedisLink) -> None:
    """The copy has messages that are erased by age before the rest of the log is copied."""
    await add(redis, *range(1, 11))
    await redis.hset(KEYS.meta, "purge", 1)
    assert await purge(link, 4)
    await Retention(link, 7, lambda: 10.5 * DAY, Counters()).sweep()
    assert await kept(redis) == [4, 5, 6, 7, 8, 9, 10]
    assert not await purge(link, 100)
    assert await kept(redis) == [4, 5, 6, 7, 8, 9, 10]
    assert not await redis.exists(KEYS.log_copy)


async def test_a_time_that_is_none_keeps_nothing_from_being_purged(redis: Redis, link: RedisLink) -> None:
    """Another program's value counts as long ago."""
    await add(redis, 1, 2)
    await redis.hset(KEYS.meta, "purge", "abc")
    assert not await purge(link, 100)
    assert not await redis.hexists(KEYS.meta, "purge")


async def test_a_purge_that_had_begun_brings_back_no_whole_log(redis: Redis, link: RedisLink) -> None:
    """Everything is too old; the next message has the next number."""
    await add(redis, *range(1, 11))
    await redis.hset(KEYS.meta, "purge", 1)
    assert await purge(link, 4)
    await Retention(link, 7, lambda: 99 * DAY, Counters()).sweep()
    assert not await purge(link, 100)
    assert await kept(redis) == []
    assert (await redis.xinfo_stream(KEYS.log))["last-generated-id"] == b"10-0"


async def test_what_posts_trim_during_a_purge_does_not_come_back(redis: Redis, link: RedisLink) -> None:
    """The log keeps so many messages, and the first ones go while it is copied."""
    await add(redis, *range(1, 11))
    await redis.hset(KEYS.meta, "purge", 1)
    assert await purge(link, 6)
    await add(redis, 11, 12, keep=8)
    assert await purge(link, 100)  # the copy has bytes of what was trimmed: another one follows
    assert not await purge(link, 100)
    assert await kept(redis) == list(range(5, 13))


async def test_an_entry_with_the_time_as_its_number_holds_up_nobody(redis: Redis, link: RedisLink) -> None:
    """Another program added it, and it is too old: Redis doesn't go through all the numbers before it."""
    await add(redis, 1, 2)
    await redis.hset(KEYS.amended, mapping={"2": entry(2), "other": "x"})
    await redis.set("{chat}:reactions:2", "x")
    await redis.xadd(KEYS.log, {"m": entry(3)}, "1700000000-0")
    started = time.monotonic()
    await asyncio.wait_for(Retention(link, 7, lambda: 99 * DAY, Counters()).sweep(), 2.0)
    assert time.monotonic() - started < 1.0
    assert await kept(redis) == []
    assert await redis.hkeys(KEYS.amended) == [b"other"]
    assert not await redis.exists("{chat}:reactions:2")


async def test_a_purge_that_is_not_finished_leaves_no_copy_for_ever(redis: Redis, link: RedisLink) -> None:
    """All nodes may end in the middle of it, and the room be left."""
    await add(redis, 1, 2, 3)
    await redis.hset(KEYS.meta, "purge", 1)
    assert await purge(link, 2)
    assert 0 < await redis.ttl(KEYS.log_copy) <= 60


async def test_an_entry_with_thousands_of_fields_keeps_no_deleted_text(redis: Redis, link: RedisLink) -> None:
    """Another program's: a script can't copy them all, and the purge must end all the same."""
    await add(redis, 1, 2)
    await redis.xadd(KEYS.log, {f"field {number}": "" for number in range(5000)}, "3-0")
    await redis.hset(KEYS.meta, mapping={"seq": 3, "purge": 1})
    assert not await purge(link, 100)
    assert await kept(redis) == [1, 2, 3]
    assert not await redis.hexists(KEYS.meta, "purge")


async def test_long_messages_hold_redis_up_for_a_moment_only(redis: Redis, link: RedisLink) -> None:
    """Few are copied in one call of a purge, and of a backup: it was 14 ms a call."""
    long = '{"type":"message","seq":%d,"epoch":"e","text":"' + "x" * 16_000 + '","time":"2999-01-01T00:00:00.000Z"}'
    for seq in range(1, 1001):
        await redis.xadd(KEYS.log, {"m": long % seq}, f"{seq}-0")
    await redis.hset(KEYS.meta, mapping={"epoch": "e", "seq": 1000, "purge": 1})
    for work in (lambda: purging.purge(link, KEYS, 0), lambda: backup(link)):
        await redis.config_resetstat()
        await work()
        assert (await redis.info("commandstats"))["cmdstat_evalsha"]["usec_per_call"] < 5000


async def test_short_messages_are_copied_in_few_calls(
    redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where calls take long, a purge would take long as well."""
    await add(redis, *range(1, 1001))
    await redis.hset(KEYS.meta, "purge", 1)
    execute, calls = link.execute, list[Call]()

    async def counted(call: Call) -> Any:
        calls.append(call)
        return await execute(call)

    monkeypatch.setattr(link, "execute", counted)
    await purging.purge(link, KEYS, 0)
    assert len(calls) <= 6  # 21 with 50 entries in each
    assert await kept(redis) == list(range(1, 1001))


async def test_a_portion_ends_with_so_many_bytes(redis: Redis, link: RedisLink) -> None:
    """Wherever the long messages are: the log is the same in the end, and isn't copied twice."""
    await add(redis, *range(1, 101))
    await redis.hset(KEYS.meta, "purge", 1)
    copied = []
    while await purge(link, 500, 35 * len(entry(50))):
        copied.append(await redis.xlen(KEYS.log_copy))
    assert copied == [40, 80]
    assert await kept(redis) == list(range(1, 101))
