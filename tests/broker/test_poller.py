"""What a node compares with Redis every other second: one room's trouble keeps no other from being compared."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from wschat.broker import poller
from wschat.broker.erasing.retention import LAST
from wschat.concurrency import background_rank

from ..support.room import LocalNode, until

LONG = "9" * 5000  # more digits than Python makes a number of


@pytest.fixture
async def two_rooms(room_node: LocalNode, redis: Redis) -> LocalNode:
    """A node with the rooms `chat` and `kitchen`, whose rules Redis counts as 7."""
    kitchen = room_node.rooms.open("kitchen")
    await kitchen.ready()
    await redis.hset("{chat:kitchen}:meta", "rules", "7")
    await room_node.poller.stop()
    return room_node


def versions(node: LocalNode, room: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collects the versions of the rules that the poller reports to a room."""
    seen: list[int] = []
    monkeypatch.setattr(node.rooms.open(room).rules, "on_polled", seen.append)
    return seen


@pytest.mark.parametrize("field", ["rules", "seq", "from"])
async def test_a_number_that_is_too_long_deafens_no_room(
    two_rooms: LocalNode, redis: Redis, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    """It counts as none, and the kitchen is compared as well."""
    await redis.hset("{chat}:meta", field, LONG)
    seen = versions(two_rooms, "kitchen", monkeypatch)
    two_rooms.poller.start()
    await until(lambda: seen == [7])


async def test_a_room_that_cannot_be_compared_deafens_no_other(
    two_rooms: LocalNode, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names it, with the place of the bug."""
    monkeypatch.setattr(two_rooms.room.rules, "on_polled", lambda version: 1 / 0)
    seen = versions(two_rooms, "kitchen", monkeypatch)
    two_rooms.poller.start()
    await until(lambda: seen == [7])
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.room == "chat"  # type: ignore[attr-defined]


async def test_a_long_purge_keeps_no_room_from_being_compared(
    two_rooms: LocalNode, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may need many calls, which come after all others: there is one purge at a time, and it ends with the node."""
    ranks: list[float | None] = []
    ended = asyncio.Event()

    async def long_purge() -> None:
        ranks.append(background_rank.get())
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(two_rooms.room.feed.log, "purge", long_purge)
    monkeypatch.setattr(poller, "POLL_EVERY", 0.01)
    await redis.hset("{chat}:meta", mapping={"purge": 1})
    seen = versions(two_rooms, "kitchen", monkeypatch)
    two_rooms.poller.start()
    await until(lambda: len(seen) >= 3)
    assert ranks == [LAST]
    await two_rooms.poller.stop()
    assert ended.is_set()


async def test_a_purge_that_fails_keeps_no_other_from_beginning(
    two_rooms: LocalNode, redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug is logged with its room; the kitchen's bytes are purged, and again when more was deleted."""
    purged: list[str] = []

    async def fails() -> None:
        raise ZeroDivisionError

    async def works() -> None:
        purged.append("kitchen")

    monkeypatch.setattr(two_rooms.room.feed.log, "purge", fails)
    monkeypatch.setattr(two_rooms.rooms.open("kitchen").feed.log, "purge", works)
    monkeypatch.setattr(poller, "POLL_EVERY", 0.01)
    for room in ("{chat}", "{chat:kitchen}"):
        await redis.hset(f"{room}:meta", "purge", 1)
    two_rooms.poller.start()
    await until(lambda: len(purged) >= 2)
    assert {record.room for record in caplog.records if record.exc_info} == {"chat"}  # type: ignore[attr-defined]
