"""The records by which a rewrite of Redis's file is due: none is settled by a rewrite that began before its erasure."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import DueRewrite, Retention, Rewrite
from wschat.broker.erasing import file_rewriting, purging
from wschat.broker.erasing.file_rewriting import DUE_KEY, ENDED_AFTER
from wschat.counters import Counters
from wschat.errors import RedisUnavailable, RedisWriteRefused
from wschat.redis_link import Call, PrimaryLink, RoomKeys, load_script

from ..support.rewrites import files
from ..support.room import LocalNode, until

DAY = 24 * 3600.0
KEYS = RoomKeys("kitchen")


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Awaitable[None]]]:
    """What happens while the file is rewritten, the next time: the rewrite has begun before."""
    todo: list[Callable[[], Awaitable[None]]] = []

    async def rewrite(link: PrimaryLink) -> Rewrite:
        if todo:
            await todo.pop()()
        return Rewrite.DONE

    monkeypatch.setattr(file_rewriting, "rewrite_files", rewrite)
    return todo


def retention(link: PrimaryLink) -> Retention:
    """One that erases at its first sweep what was just written."""
    return Retention(link, 1, lambda: time.time() + 2 * DAY, Counters(), rewrites_file=True)


async def write(redis: Redis, *seqs: int) -> None:
    """Old messages, and one after them that stays: Redis keeps the bytes of what is erased in the same part."""
    for seq, year in (*((seq, 2000) for seq in seqs), (seqs[-1] + 1, 2999)):
        text = f'{{"type":"message","time":"{year}-01-01T00:00:00.000Z","secret":{seq}}}'
        await redis.xadd(KEYS.log, {"m": text}, f"{seq}-0")
    await redis.hset(KEYS.meta, mapping={"epoch": "e", "seq": seqs[-1] + 1})


async def erase_and_end(sweeping: Retention, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep whose process is ended when it has erased something, before it has purged that."""

    async def ended(*_: object) -> None:
        raise RedisUnavailable("ended")

    with monkeypatch.context() as ending:
        ending.setattr("wschat.broker.erasing.retention.purge", ended)
        with pytest.raises(RedisUnavailable):
            await sweeping.sweep()


async def test_a_rewrite_without_a_purge_settles_nothing(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis refused to purge one of two rooms: its deleted messages are in the new file. The other one is purged."""
    rooms = [RoomKeys("kitchen"), RoomKeys("cellar")]
    for keys in rooms:
        await redis.xadd(keys.log, {"m": "text"}, "1-0")
        await redis.hset(keys.meta, mapping={"epoch": "e", "seq": 1, "purge": 1})
    execute, refused = link.execute, [rooms[0].log]

    async def refuse(call: Call) -> Any:
        if call.script is not None and call.args[0] in refused:
            raise RedisWriteRefused("command not allowed when used memory > 'maxmemory'")
        return await execute(call)

    monkeypatch.setattr(link, "execute", refuse)
    due = DueRewrite(link)
    await due.begin()
    assert await due.rewrite() is Rewrite.UNPURGED
    assert [await redis.hexists(keys.meta, "purge") for keys in rooms] == [True, False]
    assert not await due.rewrite_if_due()
    refused.clear()
    assert await due.rewrite_if_due()
    assert not await redis.hexists(rooms[0].meta, "purge")


async def test_what_is_noted_during_a_rewrite_is_still_due(link: PrimaryLink, meanwhile: list[Any]) -> None:
    """A command erases while a node has the file rewritten, which may have what was erased since it began."""
    meanwhile.append(DueRewrite(link).begin)
    await DueRewrite(link).rewrite()
    assert await DueRewrite(link).is_due()


async def test_who_erases_again_during_a_rewrite_still_has_it_due(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch, meanwhile: list[Any]
) -> None:
    """A node has erased in some rooms when a command's rewrite begins, and goes on with the others."""
    sweeping = retention(link)

    async def erase_more() -> None:
        await redis.xtrim(KEYS.log, maxlen=0)
        await write(redis, 3)
        await erase_and_end(sweeping, monkeypatch)

    await write(redis, 1)
    await erase_and_end(sweeping, monkeypatch)
    meanwhile.append(erase_more)
    await DueRewrite(link).rewrite()
    assert await DueRewrite(link).is_due()
    await DueRewrite(link).rewrite()
    assert not await DueRewrite(link).is_due()


async def test_what_waits_to_be_purged_is_not_in_the_new_file(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever erased it, and whether or not they still go on: a stream keeps the bytes until it is purged."""
    await write(redis, 1, 2)
    await erase_and_end(retention(link), monkeypatch)
    await DueRewrite(link).rewrite()
    found = await files(redis)
    assert b'"secret":3' in found
    assert b'"secret":1' not in found


async def test_what_is_erased_after_its_room_was_purged_is_still_due(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rewrite that has purged the room begins right after that, and may have it."""

    async def purge_and_let_erase(link: PrimaryLink) -> None:
        await purging.purge_all(link)
        await write(redis, 1, 2)
        await erase_and_end(retention(link), monkeypatch)

    with monkeypatch.context() as racing:
        racing.setattr(file_rewriting, "purge_all", purge_and_let_erase)
        await DueRewrite(link).rewrite()
    assert b'"secret":1' in await files(redis)
    assert await DueRewrite(link).rewrite_if_due()
    assert b'"secret":1' not in await files(redis)


async def test_a_start_without_the_setting_purges_what_an_earlier_one_erased(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator has set HISTORY_DAYS to 0, and nobody opens the room any more."""
    await write(redis, 1, 2)
    await erase_and_end(retention(link), monkeypatch)
    await Retention(link, 0, time.time, Counters(), rewrites_file=True).run()
    assert b'"secret":1' not in await files(redis)


@pytest.mark.parametrize("foreign", [KEYS.log, KEYS.meta])
async def test_a_room_with_a_key_of_another_type_delays_no_rewrite(
    link: PrimaryLink, redis: Redis, foreign: str
) -> None:
    """It has nothing to purge, and others are purged all the same."""
    await write(redis, 1)
    await redis.xdel(KEYS.log, "1-0")
    await redis.hset(KEYS.meta, "purge", 1)
    for kind in ("log", "meta"):
        await redis.copy(KEYS.own(kind), RoomKeys("zoo").own(kind))
    await redis.set(foreign, "another program's")
    assert await DueRewrite(link).rewrite() is Rewrite.DONE
    assert not await redis.hexists(RoomKeys("zoo").meta, "purge")


async def record(redis: Redis, seconds: float) -> None:
    """The record of somebody who began to erase so many seconds ago, by Redis's clock, and was ended."""
    now, micros = await redis.time()
    await redis.zadd(DUE_KEY, {"ended": (now - seconds) * 1e6 + micros})


@pytest.mark.parametrize("others", [0, 1])
async def test_what_was_only_noted_before_a_rewrite_is_still_due(
    link: PrimaryLink, redis: Redis, meanwhile: list[Any], others: int
) -> None:
    """A command is about to erase when a node's rewrite begins, and is ended when it has: the text is in the new file.
    Other commands that erase at that moment change nothing about it. Later a rewrite settles it.
    """
    await DueRewrite(link).begin()
    for _ in range(others):
        other = DueRewrite(link)
        await other.begin()
        await other.rewrite()
    assert not await DueRewrite(link).rewrite_if_due()
    assert await DueRewrite(link).is_due()
    await redis.delete(DUE_KEY)
    await record(redis, ENDED_AFTER + 1)
    assert await DueRewrite(link).rewrite_if_due()
    assert not await redis.exists(DUE_KEY)


async def test_a_clock_that_was_ahead_makes_no_record_that_stays(
    link: PrimaryLink, redis: Redis, meanwhile: list[Any]
) -> None:
    """That of a machine before it had asked for the time: the file would be rewritten again and again for years."""
    await record(redis, -3 * 365 * DAY)
    assert await DueRewrite(link).rewrite_if_due()
    assert not await redis.exists(DUE_KEY)


@pytest.mark.parametrize("ahead", [2 * ENDED_AFTER, 3 * 365 * DAY])
async def test_only_the_clock_of_redis_counts(
    link: PrimaryLink, monkeypatch: pytest.MonkeyPatch, meanwhile: list[Any], ahead: float
) -> None:
    """A command is erasing; one on a machine whose clock is ahead isn't taken for later, nor is the first one's record
    for one that was ended.
    """
    now = time.time
    await DueRewrite(link).begin()
    monkeypatch.setattr("time.time", lambda: now() + ahead)
    ended = DueRewrite(link)
    await ended.begin()
    assert not await DueRewrite(link).rewrite_if_due()
    await ended.rewrite()
    assert await DueRewrite(link).is_due()


async def test_who_has_erased_settles_their_own_record_at_once(
    link: PrimaryLink, redis: Redis, meanwhile: list[Any]
) -> None:
    """Also if another's rewrite has begun before, which doesn't settle it."""
    command = DueRewrite(link)
    await command.begin()
    has_erased = Call.of(load_script("erasing"), [DUE_KEY], [command.name, 1])
    meanwhile.append(lambda: link.execute(has_erased))  # what it does first then
    await DueRewrite(link).rewrite()
    assert await redis.zrange(DUE_KEY, 0, -1) == [command.name.encode()]
    await command.rewrite()
    assert not await redis.exists(DUE_KEY)


@pytest.mark.parametrize("foreign", ["string", "records of an earlier version"])
async def test_a_record_of_another_kind_makes_way(
    room_node: LocalNode, link: PrimaryLink, redis: Redis, foreign: str
) -> None:
    """Of another program, or an earlier version: it is replaced, and what is erased leaves the file."""
    room_node.post("p1", "secret-words")
    await until(lambda: room_node.sender.acks)
    for erase in (DueRewrite(link).rewrite_if_due, retention(link).sweep, DueRewrite(link).begin):
        if foreign == "string":
            await redis.set(DUE_KEY, "1")
        else:
            await redis.zadd(DUE_KEY, {"erased": 0, "ended": time.time()})
        await erase()
        assert await redis.type(DUE_KEY) in (b"zset", b"none")
        await redis.delete(DUE_KEY)
    assert b"secret-words" not in await files(redis)


async def test_nothing_is_erased_that_could_not_be_noted(link: PrimaryLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is away just then, and back for the erasure: a command that is ended after it would leave no record."""

    async def away(call: Call) -> None:
        raise RedisUnavailable("no reply")

    monkeypatch.setattr(link, "execute", away)
    with pytest.raises(RedisUnavailable):
        await DueRewrite(link).begin()
