"""What a node compares with Redis every other second: one room's trouble keeps no other from being compared."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

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
