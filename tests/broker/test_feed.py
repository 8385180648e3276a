"""One room on one node: an unbroken row of messages for everyone here, whatever Pub/Sub does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker.feed import Trimmed
from wschat.broker.log.batches import SNAPSHOT_BYTES
from wschat.protocol import HISTORY_MAX
from wschat.redis_link import PrimaryLink

from ..support.room import LocalNode, seqs, until


@pytest.fixture
async def other_node(redis_server: str, room_node: LocalNode) -> AsyncIterator[LocalNode]:
    """Another node with the room."""
    link = PrimaryLink(redis_server)
    await link.start()
    other_node = await LocalNode(link).start()
    yield other_node
    await other_node.stop()
    await link.stop()


async def test_messages_are_delivered_once_and_in_order_although_pubsub_repeats_them(room_node: LocalNode) -> None:
    """A message that was seen before is dropped."""
    member = room_node.listen()
    await room_node.fill(3)
    messages = room_node.feed.log.newest(3, 10**6)
    for message in (messages[2], messages[0], messages[1], messages[2]):
        room_node.feed.on_publish(message)
    await room_node.fill(1)
    await until(lambda: len(member.seqs) >= 4)
    assert member.seqs == [1, 2, 3, 4]


async def test_what_pubsub_lost_is_read_from_the_log(room_node: LocalNode, other_node: LocalNode) -> None:
    """The first message after a gap shows it; all of the gap is delivered before it."""
    member = room_node.listen()
    on_publish = room_node.feed.on_publish
    lost = {2, 3, 4}
    room_node.feed.on_publish = lambda data: None if data and _seq(data) in lost else on_publish(data)  # type: ignore[method-assign]
    room_node.link.subscribe("chat", room_node.feed.on_publish)
    await until(lambda: not room_node.feed.is_syncing)
    for number in range(1, 6):
        other_node.post(f"p{number}")
        await until(lambda number=number: other_node.feed.log.seq == number)  # type: ignore[misc]
    await until(lambda: len(member.seqs) >= 5)
    assert member.seqs == [1, 2, 3, 4, 5]


def _seq(data: bytes) -> int:
    return int(data.split(b'"seq":')[1].split(b",")[0])


async def test_a_cut_subscription_loses_nothing(room_node: LocalNode, other_node: LocalNode, redis: Redis) -> None:
    """Messages are posted while nobody listens; a node that comes back delivers them in order."""
    member = room_node.listen()
    await room_node.fill(2)
    for number in range(5):
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        other_node.post(f"k{number}")
        await asyncio.sleep(0.02)
    await until(lambda: len(member.seqs) >= 7)
    assert member.seqs == list(range(1, 8))


async def test_a_position_far_ahead_of_a_node_that_was_deaf_is_reached_before_it_is_called_lost(
    room_node: LocalNode, other_node: LocalNode
) -> None:
    """A client comes from a node that has all of it, while this one reads what it missed in portions."""
    for node in (room_node, other_node):
        await node.poller.stop()
    room_node.link.unsubscribe("chat")
    await other_node.fill(5 * HISTORY_MAX)
    there = other_node.feed.log.position
    assert room_node.feed.log.seq == 0
    await room_node.feed.verify_position(there)
    assert room_node.feed.log.position == there


async def test_deafness_without_a_sign_is_noticed_at_the_top_of_the_log(
    room_node: LocalNode, other_node: LocalNode
) -> None:
    """The channel says nothing at all, and no next message comes: the log is polled."""
    member = room_node.listen()
    room_node.link.subscribe("chat", lambda data: None)
    other_node.post("p1")
    await until(lambda: member.seqs == [1])


async def test_a_bug_in_one_poll_does_not_end_polling(
    room_node: LocalNode, other_node: LocalNode, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """It is logged with its traceback, and the next poll finds what the channel didn't say."""
    on_polled = room_node.feed.on_polled

    def fails_once(*position: Any) -> None:
        monkeypatch.setattr(room_node.feed, "on_polled", on_polled)
        raise ZeroDivisionError

    monkeypatch.setattr(room_node.feed, "on_polled", fails_once)
    room_node.link.unsubscribe("chat")
    await until(lambda: room_node.feed.on_polled is on_polled)
    other_node.post("p1")
    await until(lambda: room_node.feed.log.seq == 1)
    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [ZeroDivisionError]


async def test_a_lost_log_is_told_to_those_who_are_connected(room_node: LocalNode, redis: Redis) -> None:
    """`reset`: forget what you have; then it goes on from number 1 of another epoch."""
    member = room_node.listen()
    await room_node.fill(3)
    epoch = room_node.feed.log.epoch
    await redis.flushall()
    room_node.post("new", "after")
    await until(lambda: "reset" in [event["type"] for event in member.events])
    reset = next(event for event in member.events if event["type"] == "reset")
    assert reset["epoch"] != epoch
    assert (reset["seq"], [message["text"] for message in reset["messages"]]) in ((1, ["after"]), (0, []))


async def test_what_is_missed_is_had_from_memory_or_from_redis_or_is_trimmed(link: PrimaryLink, redis: Redis) -> None:
    """Those who were away for a while, for long, and for too long."""
    node = await LocalNode(link).start()
    await node.fill(700)
    assert seqs((await node.feed.next_events(650)).events) == list(range(651, 701))
    assert seqs((await node.feed.next_events(0)).events)[:3] == [1, 2, 3]
    await redis.xtrim("{chat}:log", minid="101-0", approximate=False)
    fresh = await LocalNode(link).start()
    with pytest.raises(Trimmed):
        await fresh.feed.next_events(99)
    assert seqs((await fresh.feed.next_events(100)).events)[0] == 101
    page, start = await fresh.feed.history(111, 50)
    assert (seqs(page), start) == (list(range(101, 111)), True)
    await node.stop()
    await fresh.stop()


async def test_nobody_gets_more_at_once_than_a_socket_can_take(room_node: LocalNode) -> None:
    """Long messages come in smaller portions; at least one."""
    await room_node.fill(100, size=4000)
    assert sum(map(len, room_node.feed.log.newest(200, SNAPSHOT_BYTES))) <= SNAPSHOT_BYTES
    portion = (await room_node.feed.next_events(0)).events
    assert 1 <= len(portion) < 100
    assert sum(map(len, portion)) <= SNAPSHOT_BYTES
    page, start = await room_node.feed.history(101, 100)
    assert seqs(page)[-1] == 100
    assert sum(map(len, page)) <= SNAPSHOT_BYTES
    assert not start


async def test_a_snapshot_is_encoded_once_for_all_who_ask(room_node: LocalNode) -> None:
    """Until something new is said."""
    await room_node.fill(3)
    assert room_node.feed.snapshot(50)[1] is room_node.feed.snapshot(50)[1]
    before = room_node.feed.snapshot(50)
    await room_node.fill(1)
    assert room_node.feed.snapshot(50)[0].seq == before[0].seq + 1


async def test_delivery_is_activity_only_where_somebody_hears_it(room_node: LocalNode) -> None:
    """An empty node isn't kept awake by another one's talk."""
    await room_node.fill(3)
    assert room_node.delivered == 0
    room_node.listen()
    await room_node.fill(2)
    assert room_node.delivered == 2


async def test_a_node_ahead_of_a_redis_that_stores_nothing_takes_no_old_number_for_a_new_message(
    room_node: LocalNode, other_node: LocalNode, redis: Redis
) -> None:
    """A replica that lagged was promoted: the log gets its new epoch as soon as something can be stored."""
    member = room_node.listen()
    await room_node.fill(3)
    lagged = [(key, await redis.dump(key)) for key in ("{chat}:log", "{chat}:meta")]
    for number in range(2):
        room_node.post(f"lost{number}")
    await until(lambda: member.seqs == [1, 2, 3, 4, 5] == list(range(1, other_node.feed.log.seq + 1)))
    for node in (room_node, other_node):
        await node.poller.stop()
    epoch = room_node.feed.log.epoch
    for key, dump in lagged:
        await redis.restore(key, 0, dump or b"", replace=True)
    await redis.config_set("maxmemory", "1")
    await room_node.feed.verify()
    assert room_node.feed.log.position == (epoch, 5)
    await redis.config_set("maxmemory", "0")
    for number in range(3):
        other_node.post(f"new{number}")
    await until(lambda: room_node.feed.log.seq == 6 and room_node.feed.log.epoch != epoch)
    assert member.seqs == [1, 2, 3, 4, 5]
