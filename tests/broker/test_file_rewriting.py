"""What was erased leaves the files of Redis too, whatever becomes of the first attempt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from wschat.broker import Retention, Rewrite
from wschat.broker.erasing import file_rewriting
from wschat.broker.erasing.file_rewriting import rewrite_files
from wschat.counters import Counters
from wschat.errors import RedisRejected, RedisUnavailable
from wschat.redis_link import Call, PrimaryLink, RedisLink, RoomKeys

from ..support.client import PATIENCE
from ..support.rewrites import files, is_rewriting, kill_rewrite, slowly_rewriting
from ..support.room import LocalNode, until

DAY = 24 * 3600.0
KEYS = RoomKeys("chat")


def retention(link: PrimaryLink, days: int = 1) -> Retention:
    """One that erases at its first sweep what was just written."""
    return Retention(link, days, lambda: time.time() + 2 * DAY, Counters(), rewrites_file=True)


def count_rewrites(link: PrimaryLink, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Has an item for each time that the link asks for a rewrite."""
    execute, asked = link.execute, list[bool]()

    async def counting(call: Call) -> Any:
        if call.args[0] == "BGREWRITEAOF":
            asked.append(True)
        return await execute(call)

    monkeypatch.setattr(link, "execute", counting)
    return asked


@pytest.fixture
async def slow_rewrites(redis: Redis) -> AsyncIterator[Redis]:
    """A Redis that needs some seconds to rewrite its file."""
    async with slowly_rewriting(redis):
        yield redis


async def test_a_rewrite_that_failed_is_repeated_after_the_next_sweep(
    room_node: LocalNode, link: PrimaryLink, slow_rewrites: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """Its child is killed; the log says so, and the words are gone from the disk in the end."""
    room_node.post("p1", "secret-words")
    await until(lambda: room_node.sender.acks)
    sweeping = retention(link)
    first = asyncio.ensure_future(sweeping.sweep())
    await until(lambda: is_rewriting(slow_rewrites))
    await kill_rewrite(slow_rewrites)
    await first
    assert "could not rewrite" in caplog.text
    assert b"secret-words" in await files(slow_rewrites)
    await slow_rewrites.config_set("rdb-key-save-delay", 0)
    await sweeping.sweep()
    assert b"secret-words" not in await files(slow_rewrites)


async def erase_from_redis_only(room_node: LocalNode, link: PrimaryLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node erases a message, and stops before the file is rewritten."""
    await room_node.fill(1)

    async def fails(*_: object) -> None:
        raise RedisUnavailable("away")

    with monkeypatch.context() as away:
        away.setattr("wschat.broker.erasing.file_rewriting.rewrite_files", fails)
        await retention(link).sweep()


async def test_a_node_that_stopped_before_leaves_the_rewrite_to_the_next(
    room_node: LocalNode, link: PrimaryLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis goes away after the erasure; the next node erases nothing, but has the file rewritten, and does so once."""
    await erase_from_redis_only(room_node, link, monkeypatch)
    asked, seen = count_rewrites(link, monkeypatch), []
    for sweeping in (again := retention(link), again, retention(link)):
        await sweeping.sweep()
        seen.append(len(asked))
    assert seen == [1, 1, 1]


@pytest.mark.parametrize("only_forms", [False, True])
async def test_a_rewrite_is_due_although_the_reply_to_the_erasure_got_lost(
    room_node: LocalNode, link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch, only_forms: bool
) -> None:
    """The node stops just then, or its link breaks: its own next sweep makes up for the rewrite, or another node's."""
    await room_node.fill(1)
    if only_forms:
        await redis.hset(KEYS.amended, "1", '{"time":"2001-01-01T00:00:00.000Z"}')
        await redis.xtrim(KEYS.log, maxlen=0)
    execute = link.execute

    async def lost(call: Call) -> Any:
        reply = await execute(call)
        if isinstance(reply, list) and len(reply) > 1 and reply[1] == 1:
            raise RedisUnavailable("no reply")
        return reply

    sweeping = retention(link)
    assert await sweeping._rewrite_if_due(), "nothing is due before"
    monkeypatch.setattr(link, "execute", lost)
    with pytest.raises(RedisUnavailable):
        await sweeping.sweep()
    monkeypatch.setattr(link, "execute", execute)
    asked = count_rewrites(link, monkeypatch)
    await sweeping.sweep()
    await retention(link).sweep()
    assert asked == [True]


async def test_a_rewrite_that_is_due_is_made_up_for_also_where_nothing_is_erased_any_more(
    room_node: LocalNode, link: PrimaryLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator has set HISTORY_DAYS to 0 before the next start."""
    await erase_from_redis_only(room_node, link, monkeypatch)
    asked = count_rewrites(link, monkeypatch)
    await retention(link, days=0).run()
    assert asked == [True]


@pytest.mark.parametrize("fails", ["the rewrite", "the link"])
async def test_a_rewrite_that_fails_at_the_start_is_repeated_without_the_setting(
    room_node: LocalNode, link: PrimaryLink, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    """Until it succeeds: there is no sweep that would try again."""
    await erase_from_redis_only(room_node, link, monkeypatch)
    tried: list[bool] = []

    async def rewrite(link: PrimaryLink) -> Rewrite:
        tried.append(True)
        if len(tried) == 1 and fails == "the link":
            raise RedisUnavailable("away")
        return Rewrite.FAILED if len(tried) == 1 else Rewrite.DONE

    monkeypatch.setattr("wschat.broker.erasing.file_rewriting.rewrite_files", rewrite)
    monkeypatch.setattr("wschat.broker.erasing.retention.SWEEP_EVERY", 0.01)
    await asyncio.wait_for(retention(link, days=0).run(), PATIENCE)
    assert len(tried) == 2


async def test_a_start_at_which_nothing_is_due_rewrites_nothing(
    link: PrimaryLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was written since the last rewrite: a large file would hold up those who come."""
    asked = count_rewrites(link, monkeypatch)
    await retention(link).sweep()
    assert asked == []


async def test_a_rewrite_in_progress_is_followed_by_another(link: PrimaryLink, redis: Redis) -> None:
    """The first may have what was erased since it began."""
    await redis.set("word", "secret-words")
    await redis.mset({f"pad{number}": "x" for number in range(20)})
    await redis.config_set("rdb-key-save-delay", 20_000)
    try:
        await redis.bgrewriteaof()
        await until(lambda: is_rewriting(redis))
        await redis.delete("word")
        assert await rewrite_files(link) is Rewrite.DONE
    finally:
        await redis.config_set("rdb-key-save-delay", 0)
    assert b"secret-words" not in await files(redis)


async def test_a_rewrite_that_somebody_else_has_just_begun_is_waited_for(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the request; the operator may ask for one, so nobody says that they may not."""
    execute, asked = link.execute, list[bool]()

    async def overtaken(call: Call) -> Any:
        if call.args[0] == "BGREWRITEAOF":
            asked.append(True)
            if len(asked) == 1:
                await redis.bgrewriteaof()
        return await execute(call)

    await redis.mset({f"pad{number}": "x" for number in range(20)})
    await redis.config_set("rdb-key-save-delay", 20_000)
    monkeypatch.setattr(link, "execute", overtaken)
    try:
        assert await rewrite_files(link) is Rewrite.DONE
    finally:
        await redis.config_set("rdb-key-save-delay", 0)
    assert len(asked) == 2


@pytest.mark.parametrize("command", ["bgrewriteaof", "info"])
async def test_a_user_who_may_not_ask_is_told_so(link: PrimaryLink, redis: Redis, command: str) -> None:
    """The operator needs another user, and not the log of Redis."""
    await redis.execute_command("ACL", "SETUSER", "default", f"-{command}")
    try:
        assert await rewrite_files(link) is Rewrite.NOT_ALLOWED
    finally:
        await redis.execute_command("ACL", "SETUSER", "default", f"+{command}")


async def test_a_redis_that_cannot_begin_one_has_failed(link: PrimaryLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """For want of memory for another process: Redis's log says more."""
    execute = link.execute

    async def cannot(call: Call) -> Any:
        if call.args[0] == "BGREWRITEAOF":
            raise RedisRejected("Can't execute an AOF background rewriting. Please check the server logs")
        return await execute(call)

    monkeypatch.setattr(link, "execute", cannot)
    assert await rewrite_files(link) is Rewrite.FAILED


async def test_files_of_replicas_are_not_said_to_be_rewritten(
    link: PrimaryLink, redis: Redis, redis_server: str
) -> None:
    """A rewrite isn't replicated: each of them has a file of its own."""
    assert await rewrite_files(link) is Rewrite.DONE
    _, replica = await asyncio.open_unix_connection(redis_server.removeprefix("unix://"))
    replica.write(b"SYNC\r\n")  # as a replica begins
    await until(lambda: has_replicas(redis))
    assert await rewrite_files(link) is Rewrite.REPLICAS
    replica.close()


async def has_replicas(redis: Redis) -> bool:
    return bool((await redis.info("replication"))["connected_slaves"])


async def test_the_worst_outcome_of_all_primaries_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that still has what was erased isn't hidden by one of which that isn't known."""
    outcomes = [Rewrite.DONE, Rewrite.REPLICAS, Rewrite.FAILED, Rewrite.NO_FILE]
    links = cast("list[RedisLink]", [object() for _ in outcomes])

    async def rewrite(link: RedisLink) -> Rewrite:
        return outcomes[links.index(link)]

    monkeypatch.setattr(file_rewriting, "_rewrite", rewrite)
    assert await rewrite_files(cast("RedisLink", SimpleNamespace(primaries=lambda: links))) is Rewrite.FAILED
