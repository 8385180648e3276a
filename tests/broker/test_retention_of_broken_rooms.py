"""HISTORY_DAYS: a room that is broken, or has what another program wrote, keeps no other from forgetting."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from wschat.concurrency import spawn
from wschat.redis_link import RedisLink

from ..support import Nodes
from ..support.redis import contents
from ..support.retention import retention
from ..support.room import until


async def test_a_broken_room_keeps_no_other_from_forgetting(
    old_room: Nodes, redis: Redis, link: RedisLink, caplog: pytest.LogCaptureFixture
) -> None:
    """A key of it is of another type: it is named in the log, and the rooms after it in the alphabet are swept. But it
    may keep what is old, so the metric doesn't claim that all rooms were searched.
    """
    await redis.set("{chat:a}:log", "junk")
    sweeping, counters = retention(link)
    await sweeping.sweep()
    assert counters.expired > 0
    assert b"old-" not in await contents(redis)
    assert [record.room for record in caplog.records if "HISTORY_DAYS" in record.message] == ["a"]  # type: ignore[attr-defined]
    assert (counters.swept, counters.oldest) == (0.0, 0.0)
    await redis.delete("{chat:a}:log")
    await sweeping.sweep()
    assert counters.swept > 0


async def test_bytes_that_are_no_text_keep_no_other_room_from_forgetting(
    old_room: Nodes, redis: Redis, link: RedisLink
) -> None:
    """Another program wrote them in the place of a message's time."""
    await redis.xadd("{chat:a}:log", {"m": b'{"type":"message","time":"\xff"}'})
    sweeping, counters = retention(link)
    await sweeping.sweep()
    assert counters.expired > 0
    assert b"old-" not in await contents(redis)


async def test_a_bug_ends_no_sweeping(
    old_room: Nodes, link: RedisLink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In one room it keeps none of the others, elsewhere no later look; the log has its traceback."""
    monkeypatch.setattr("wschat.broker.erasing.retention.SWEEP_EVERY", 0.01)
    sweeping, counters = retention(link)

    async def fails(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as bug:
        bug.setattr("wschat.broker.erasing.retention.purge", fails)
        await sweeping.sweep()
    assert counters.swept == 0
    with monkeypatch.context() as bug:
        bug.setattr("wschat.broker.erasing.retention.room_names", fails)
        running = spawn(sweeping.run())
        await asyncio.sleep(0.05)
    await until(lambda: counters.swept)
    running.cancel()
    bugs = [record for record in caplog.records if record.message == "Could not erase old messages"]
    assert len(bugs) > 1
    assert all(record.exc_info for record in bugs)


async def test_changes_of_another_type_make_way(old_room: Nodes, redis: Redis, link: RedisLink) -> None:
    """Another program wrote them: what is old goes all the same, at once, and a purge of its bytes is asked for."""
    await redis.set("{chat:kitchen}:amended", "junk")
    sweeping, counters = retention(link)
    await sweeping.sweep()
    assert counters.expired == 5
    assert b"old-" not in await contents(redis)


async def test_what_fails_erases_nothing(old_room: Nodes, redis: Redis, link: RedisLink) -> None:
    """Nodes would keep showing what is gone from the log, if nothing says so."""
    await redis.set("{chat:kitchen}:meta", "junk")
    sweeping, _ = retention(link)
    await sweeping.sweep()
    assert await redis.xlen("{chat:kitchen}:log") == 5


async def test_changes_that_were_lost_are_still_missed_afterwards(
    old_room: Nodes, redis: Redis, link: RedisLink
) -> None:
    """Else young messages would be shown as they were before somebody changed them."""
    await old_room.stop()
    await old_room.start(1)
    (eve,) = await old_room.join("Eve", room="kitchen")
    await eve.asks("edit", seq=await eve.posts("young"), text="edited")
    epoch = eve.welcome["epoch"]
    await old_room.stop()
    await redis.set("{chat:kitchen}:amended", "junk")
    sweeping, counters = retention(link)
    await sweeping.sweep()
    assert counters.expired == 5
    await old_room.start(1)
    (bob,) = await old_room.join("Bob", room="kitchen")
    assert bob.welcome["epoch"] != epoch


async def test_a_time_that_cant_be_read_ends_no_sweeping(redis: Redis, link: RedisLink) -> None:
    """Another program may have written it; what is old goes at the next sweep, too."""
    foreign = '{"type":"message","seq":1,"id":"x","from":{"id":"a","name":"A"},"text":"x","time":"today"}'
    await redis.xadd("{chat}:log", {"m": foreign}, "1-0")
    sweeping, counters = retention(link)
    await sweeping.sweep()
    assert (counters.expired, counters.oldest) == (0, 0.0)
    assert counters.swept > 0
