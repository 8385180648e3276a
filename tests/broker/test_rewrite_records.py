"""The records by which a rewrite of Redis's file is due: none is settled by a rewrite that began before its erasure."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import DueRewrite, Retention, Rewrite
from wschat.broker.erasing import file_rewriting
from wschat.broker.erasing.file_rewriting import DUE_KEY, ENDED_AFTER
from wschat.counters import Counters
from wschat.errors import RedisUnavailable
from wschat.redis_link import Call, PrimaryLink

from ..support.rewrites import files
from ..support.room import LocalNode, until

DAY = 24 * 3600.0


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


async def test_what_is_noted_during_a_rewrite_is_still_due(link: PrimaryLink, meanwhile: list[Any]) -> None:
    """A command erases while a node has the file rewritten, which may have what was erased since it began."""
    meanwhile.append(DueRewrite(link).note)
    await DueRewrite(link).rewrite()
    assert await DueRewrite(link).is_due()


@pytest.mark.parametrize("others", [0, 1])
async def test_what_was_only_noted_before_a_rewrite_is_still_due(
    link: PrimaryLink, redis: Redis, monkeypatch: pytest.MonkeyPatch, meanwhile: list[Any], others: int
) -> None:
    """A command is about to erase when a node's rewrite begins, and is ended when it has: the text is in the new file.
    Other commands that erase at that moment change nothing about it. Later a rewrite settles it.
    """
    await DueRewrite(link).note()
    for _ in range(others):
        other = DueRewrite(link)
        await other.note()
        await other.rewrite()
    assert not await DueRewrite(link).rewrite_if_due()
    assert await DueRewrite(link).is_due()
    now = time.time()
    monkeypatch.setattr("wschat.broker.erasing.file_rewriting.time.time", lambda: now + ENDED_AFTER + 2)
    assert await DueRewrite(link).rewrite_if_due()
    assert not await redis.exists(DUE_KEY)


async def test_who_has_erased_settles_their_own_record_at_once(
    link: PrimaryLink, redis: Redis, meanwhile: list[Any]
) -> None:
    """Also if another's rewrite has begun before, which doesn't settle it."""
    command = DueRewrite(link)
    await command.note()
    meanwhile.append(lambda: redis.zadd(DUE_KEY, {command.name: 0}))  # what it does first when it has erased
    await DueRewrite(link).rewrite()
    assert await redis.zrange(DUE_KEY, 0, -1) == [command.name.encode()]
    await command.rewrite()
    assert not await redis.exists(DUE_KEY)


async def test_a_record_of_another_type_makes_way(room_node: LocalNode, link: PrimaryLink, redis: Redis) -> None:
    """Of another program, or an earlier version: it is replaced, and what is erased leaves the file."""
    room_node.post("p1", "secret-words")
    await until(lambda: room_node.sender.acks)
    sweeping = Retention(link, 1, lambda: time.time() + 2 * DAY, Counters(), rewrites_file=True)
    for erase in (DueRewrite(link).note, sweeping.sweep):
        await redis.set(DUE_KEY, "1")
        await erase()
        assert await redis.type(DUE_KEY) in (b"zset", b"none")
    assert b"secret-words" not in await files(redis)


async def test_nothing_is_erased_that_could_not_be_noted(link: PrimaryLink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is away just then, and back for the erasure: a command that is ended after it would leave no record."""

    async def away(call: Call) -> None:
        raise RedisUnavailable("no reply")

    monkeypatch.setattr(link, "execute", away)
    with pytest.raises(RedisUnavailable):
        await DueRewrite(link).note()
