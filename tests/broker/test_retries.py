"""A post that comes again: it is stored once in a log, and again where the log that had it is gone."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import clear_room
from wschat.redis_link import RoomKeys

from ..support.room import LocalNode, RecordingSender, until

KEYS = RoomKeys("chat")


async def ack(node: LocalNode, post: str) -> int:
    """Post it; the number that it is acknowledged with."""
    sender = RecordingSender()
    node.post(post, text=post, sender=sender)
    await until(lambda: sender.acks or sender.refused)
    ((_, seq),) = sender.acks
    return seq


async def stored(redis: Redis) -> list[tuple[int, str]]:
    """The number and the text of each message in the log."""
    found: Any = await redis.xrange(KEYS.log)
    entries = [json.loads(fields[b"m"]) for _, fields in found]
    return [(entry["seq"], entry["text"]) for entry in entries]


@pytest.mark.parametrize("newer", [0, 1, 3], ids=lambda count: f"{count} newer messages")
async def test_a_post_that_was_cleared_away_is_stored_again(room_node: LocalNode, redis: Redis, newer: int) -> None:
    """Its old number would be nobody's, or another message's; and that it was cleared, its author may not know."""
    assert [await ack(room_node, post) for post in ("first", "second")] == [1, 2]
    await clear_room(room_node.link, "chat")
    for number in range(newer):
        await ack(room_node, f"newer {number}")
    assert [await ack(room_node, "second") for _ in range(2)] == [newer + 1] * 2
    assert (await stored(redis))[newer:] == [(newer + 1, "second")]


@pytest.mark.parametrize("is_known", [False, True], ids=["nobody has noticed", "the node has noticed"])
async def test_a_post_whose_log_was_lost_is_stored_again(room_node: LocalNode, redis: Redis, is_known: bool) -> None:
    """The ids of posts stand elsewhere, and may still be there."""
    assert [await ack(room_node, post) for post in ("first", "second")] == [1, 2]
    await redis.delete(KEYS.log)
    if is_known:
        await room_node.feed.verify()
    assert await ack(room_node, "second") == 3
    assert await stored(redis) == [(3, "second")]


async def test_a_post_that_the_log_still_has_is_not_stored_again(room_node: LocalNode, redis: Redis) -> None:
    """What was known of the room is lost, so another epoch began; deleted messages count."""
    assert [await ack(room_node, post) for post in ("first", "second")] == [1, 2]
    await redis.delete(KEYS.meta)
    await ack(room_node, "third")
    assert [await ack(room_node, post) for post in ("first", "second")] == [1, 2]
    assert await stored(redis) == [(1, "first"), (2, "second"), (3, "third")]


@pytest.mark.parametrize("lost", ["nothing", "meta"])
async def test_a_post_that_has_left_the_log_is_not_stored_again(room_node: LocalNode, redis: Redis, lost: str) -> None:
    """It is another thing to be trimmed than to be lost, also if another epoch has begun in the same log."""
    assert [await ack(room_node, post) for post in ("first", "second")] == [1, 2]
    await redis.xtrim(KEYS.log, minid="2-0", approximate=False)
    await redis.delete(f"{{chat}}:{lost}")
    await ack(room_node, "third")
    assert await ack(room_node, "first") == 1


async def test_each_post_of_a_lost_log_is_stored_again(room_node: LocalNode, redis: Redis) -> None:
    """Also those that come in the call that notices the loss."""
    assert [await ack(room_node, post) for post in ("first", "second")] == [1, 2]
    await redis.delete(KEYS.log)
    assert list(await asyncio.gather(ack(room_node, "first"), ack(room_node, "second"))) == [3, 4]


async def test_a_number_that_nobody_can_have_given_is_none(room_node: LocalNode, redis: Redis) -> None:
    """Another program's; the others in the call are stored."""
    await redis.set(KEYS.sent("ann", "forged"), "9" * 15 + " e")
    assert list(await asyncio.gather(ack(room_node, "forged"), ack(room_node, "other"))) == [1, 2]


async def test_an_id_that_an_earlier_version_remembered_has_its_number(room_node: LocalNode, redis: Redis) -> None:
    """Without an epoch; nonsense is nothing."""
    await ack(room_node, "first")
    await redis.set(KEYS.sent("ann", "earlier"), 1)
    await redis.set(KEYS.sent("ann", "nonsense"), "1e3 x")
    assert [await ack(room_node, post) for post in ("earlier", "nonsense")] == [1, 2]
