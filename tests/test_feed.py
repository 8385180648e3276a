"""One room on one node: an unbroken row of messages for everyone here, whatever Pub/Sub does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from wschat.broker.feed import SNAPSHOT_BYTES, Trimmed
from wschat.redis_link import RedisLink

from .support.room import ANN, Room, seqs, until


@pytest.fixture
async def room(link: RedisLink) -> AsyncIterator[Room]:
    room = await Room(link).open()
    yield room
    await room.broker.stop()


@pytest.fixture
async def other(redis_server: str, room: Room) -> AsyncIterator[Room]:
    """The same room on another node."""
    link = RedisLink(redis_server)
    await link.start()
    other = await Room(link).open()
    yield other
    await other.broker.stop()
    await link.stop()


async def test_messages_are_delivered_once_and_in_order_although_pubsub_repeats_them(room: Room) -> None:
    """What was seen is dropped."""
    ear = room.listen()
    await room.fill(3)
    messages = room.feed.log.newest(3, 10**6)
    for message in (messages[2], messages[0], messages[1], messages[2]):
        room.feed.heard(message)
    await room.fill(1)
    await until(lambda: len(ear.seqs) >= 4)
    assert ear.seqs == [1, 2, 3, 4]


async def test_what_pubsub_lost_is_read_from_the_log(room: Room, other: Room) -> None:
    """The first message after a gap shows it; all of the gap is delivered before it."""
    ear = room.listen()
    heard = room.feed.heard
    lost = {2, 3, 4}
    room.feed.heard = lambda data: None if data and _seq(data) in lost else heard(data)  # type: ignore[method-assign]
    room.broker._link.subscribe("chat", room.feed.heard)
    await until(lambda: not room.feed.is_mending)
    for number in range(1, 6):
        other.broker.post("chat", ANN, f"p{number}", "x", other.poster)
        await until(lambda number=number: other.feed.log.seq == number)  # type: ignore[misc]
    await until(lambda: len(ear.seqs) >= 5)
    assert ear.seqs == [1, 2, 3, 4, 5]


def _seq(data: bytes) -> int:
    return int(data.split(b'"seq":')[1].split(b",")[0])


async def test_a_cut_subscription_loses_nothing(room: Room, other: Room, redis: Redis) -> None:
    """Messages are posted while nobody listens; whoever comes back delivers them in order."""
    ear = room.listen()
    await room.fill(2)
    for number in range(5):
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        other.broker.post("chat", ANN, f"k{number}", "x", other.poster)
        await asyncio.sleep(0.02)
    await until(lambda: len(ear.seqs) >= 7)
    assert ear.seqs == list(range(1, 8))


async def test_deafness_without_a_sign_is_noticed_at_the_top_of_the_log(room: Room, other: Room) -> None:
    """The channel says nothing at all, and no next message comes: the log is polled."""
    ear = room.listen()
    room.broker._link.subscribe("chat", lambda data: None)
    other.broker.post("chat", ANN, "p1", "x", other.poster)
    await until(lambda: ear.seqs == [1], 10.0)


async def test_a_lost_log_is_told_to_those_who_are_connected(room: Room, redis: Redis) -> None:
    """`reset`: forget what you have; then it goes on from number 1 of another epoch."""
    ear = room.listen()
    await room.fill(3)
    epoch = room.feed.log.epoch
    await redis.flushall()
    room.broker.post("chat", ANN, "new", "after", room.poster)
    await until(lambda: "reset" in [event["type"] for event in ear.events])
    reset = next(event for event in ear.events if event["type"] == "reset")
    assert reset["epoch"] != epoch
    assert (reset["seq"], [message["text"] for message in reset["messages"]]) in ((1, ["after"]), (0, []))


async def test_what_is_missed_is_had_from_memory_or_from_redis_or_is_trimmed(link: RedisLink, redis: Redis) -> None:
    """Those who were away for a while, for long, and for too long."""
    room = await Room(link).open()
    await room.fill(700)
    assert seqs(await room.feed.next_messages(650)) == list(range(651, 701))
    assert seqs(await room.feed.next_messages(0))[:3] == [1, 2, 3]
    await redis.xtrim("{chat}:log", minid="101-0", approximate=False)
    fresh = await Room(link).open()
    with pytest.raises(Trimmed):
        await fresh.feed.next_messages(99)
    assert seqs(await fresh.feed.next_messages(100))[0] == 101
    page, start = await fresh.feed.history(111, 50)
    assert (seqs(page), start) == (list(range(101, 111)), True)
    await room.broker.stop()
    await fresh.broker.stop()


async def test_nobody_gets_more_at_once_than_a_socket_can_take(room: Room) -> None:
    """Long messages come in smaller portions; at least one."""
    await room.fill(100, size=4000)
    assert sum(map(len, room.feed.log.newest(200, SNAPSHOT_BYTES))) <= SNAPSHOT_BYTES
    portion = await room.feed.next_messages(0)
    assert 1 <= len(portion) < 100
    assert sum(map(len, portion)) <= SNAPSHOT_BYTES
    page, start = await room.feed.history(101, 100)
    assert seqs(page)[-1] == 100
    assert sum(map(len, page)) <= SNAPSHOT_BYTES
    assert not start


async def test_a_snapshot_is_encoded_once_for_all_who_ask(room: Room) -> None:
    """Until something new is said."""
    await room.fill(3)
    assert room.feed.snapshot(50)[1] is room.feed.snapshot(50)[1]
    before = room.feed.snapshot(50)
    await room.fill(1)
    assert room.feed.snapshot(50)[0].seq == before[0].seq + 1


async def test_delivery_is_activity_only_where_somebody_hears_it(room: Room) -> None:
    """An empty node isn't kept awake by another one's talk."""
    await room.fill(3)
    assert room.delivered == 0
    room.listen()
    await room.fill(2)
    assert room.delivered == 2
