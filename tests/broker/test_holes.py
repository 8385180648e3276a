"""Messages that were deleted in Redis are holes: what is around them is read, and nothing repeats."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from wschat.redis_link import RedisLink, RoomKeys

from ..support import Nodes, join
from ..support.room import LocalNode, seqs, until

KEYS = RoomKeys("chat")


async def test_a_message_that_was_deleted_is_gone_and_nothing_repeats(nodes: Nodes, redis: Redis) -> None:
    """XDEL by an operator: a client that comes back gets the messages that are left, and none that it has."""
    await nodes.start(2)
    ann, bob = await nodes.join("Ann", "Bob")
    for number in range(1, 11):
        await ann.posts(f"m{number}")
    epoch = ann.welcome["epoch"]
    await redis.xdel(KEYS.log, "6-0")
    fresh = await Nodes(nodes._source.url).start(1)
    try:
        newcomer = await join(fresh.ws(), "Eve")
        assert [message["seq"] for message in newcomer.welcome["messages"]] == [1, 2, 3, 4, 5, 7, 8, 9, 10]
        for after, missed in ((10, []), (9, [10]), (6, [7, 8, 9, 10]), (5, [7, 8, 9, 10]), (4, [5, 7, 8, 9, 10])):
            position = {"epoch": epoch, "seq": after}
            back = await join(fresh.ws(), "Bob", token=bob.welcome["token"], resume=position)
            assert back.welcome["recovered"] is True
            assert [message["seq"] for message in back.welcome["messages"]] == missed
            assert back.welcome["seq"] == back.welcome["head"] == 10
    finally:
        await fresh.stop()


@pytest.mark.parametrize("deleted", [[1], [1, 2, 3], [300], [298, 299, 300], list(range(1, 290)), list(range(1, 301))])
async def test_holes_anywhere_are_passed_over(
    link: RedisLink, redis: Redis, room_node: LocalNode, deleted: list[int]
) -> None:
    """At the beginning, at the end, many in a row, or everything."""
    await room_node.fill(300)
    await redis.xdel(KEYS.log, *(f"{number}-0" for number in deleted))
    left = [number for number in range(1, 301) if number not in deleted]
    fresh = await LocalNode(link).start()
    try:
        assert fresh.feed.log.seq == 300
        page, start = await fresh.feed.history(301, 200)
        assert seqs(page) == left[-200:]
        assert start == (len(left) <= 200)
        assert seqs((await fresh.feed.next_events(300)).events) == []
        fresh.post("next")
        await until(lambda: ("next", 301) in fresh.sender.acks)
    finally:
        await fresh.stop()


async def test_a_node_that_missed_a_deleted_message_goes_on_after_it(room_node: LocalNode, redis: Redis) -> None:
    """It was deaf meanwhile: the messages before and after the hole reach its people."""
    member = room_node.listen()
    await room_node.fill(1)
    room_node.link.subscribe(KEYS.channel, lambda data: None)
    for number in (2, 3, 4):
        room_node.post(f"p{number}")
    await until(lambda: len(room_node.sender.acks) == 4)
    await redis.xdel(KEYS.log, "3-0")
    room_node.feed._sync.resync()
    await until(lambda: room_node.feed.log.seq == 4)
    await until(lambda: member.seqs == [1, 2, 4])
