"""Changed messages in Redis are foreign input: a bad one is a hole at most, and others can be changed as before."""

from __future__ import annotations

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import IGNORE_PACE, ChangeOrigin, ReactionRequest
from wschat.redis_link import RedisLink, RoomKeys

from ..support.foreign import KINDS, put
from ..support.room import LocalNode, seqs, until

KEYS = RoomKeys("chat")


FORMS = [
    b"no json",
    b"\xff\xfe",
    b"{}",
    b'{"type":"message","seq":2,"epoch":"e","rev":',
    b'{"type":"message","seq":2,"epoch":"e","rev":3,"room":"chat","id":"p2","from":{"id":"ann","name":"Ann"},"text":5}',
    b'{"type":"message","seq":2,"epoch":"e","rev":3,"room":"chat","id":"p2","from":{"id":"ann","name":"Ann"}}',
    b'{"type":"message","seq":9,"epoch":"e","rev":3,"room":"chat","id":"p2","from":{"id":"ann","name":"Ann"},"text":"x"}',
]


@pytest.mark.parametrize("form", FORMS)
async def test_a_form_that_is_no_message_is_a_hole_at_most(
    link: RedisLink, redis: Redis, room_node: LocalNode, form: bytes
) -> None:
    """The messages around it are read as before, changed, and told to everyone."""
    await room_node.fill(4)
    changed: list[Any] = []
    room_node.room.changes.edit(ChangeOrigin("ann", 2, changed.append, share=IGNORE_PACE), "better")
    await until(lambda: changed == [5])
    await redis.hset(KEYS.amended, mapping={"2": form, "no number": form, "": form})
    fresh = await LocalNode(link).start()
    try:
        found = seqs((await fresh.feed.next_events(0)).events)
        assert set(found) >= {1, 3, 4}
        fresh.room.changes.edit(ChangeOrigin("ann", 2, changed.append, share=IGNORE_PACE), "again")
        fresh.room.changes.edit(ChangeOrigin("ann", 3, changed.append, share=IGNORE_PACE), "better")
        await until(lambda: len(changed) == 3)
        await until(lambda: room_node.feed.log.seq == fresh.feed.log.seq >= 6)
        for each in (room_node, fresh):
            page, _ = await each.feed.history(4, 1)
            assert json.loads(page[0])["text"] == "better"
    finally:
        await fresh.stop()


@pytest.mark.parametrize("kind", KINDS)
async def test_what_stands_in_the_place_of_reactions_harms_only_them(
    room_node: LocalNode, redis: Redis, kind: str
) -> None:
    """They may be refused; the message can be edited and deleted all the same, and what was there is gone with it."""
    await room_node.fill(1)
    changed: list[Any] = []
    room_node.room.changes.react(1, ReactionRequest("ann", "👍", True, changed.append, share=IGNORE_PACE))
    await until(lambda: changed == [2])
    await put(redis, KEYS.reactions(1), kind)
    room_node.room.changes.react(1, ReactionRequest("bob", "🎉", True, changed.append, share=IGNORE_PACE))
    await until(lambda: len(changed) == 2)
    room_node.room.changes.edit(ChangeOrigin("ann", 1, changed.append, share=IGNORE_PACE), "better")
    room_node.room.changes.delete(ChangeOrigin("ann", 1, changed.append, share=IGNORE_PACE))
    await until(lambda: len(changed) == 4)
    assert all(isinstance(one, int) for one in changed[2:])
    assert not await redis.exists(KEYS.reactions(1))
    assert b'"deleted":true' in room_node.feed.log.newest(1, 10**6)[0]


@pytest.mark.parametrize("cursor", ["nonsense", "-1", "9" * 30, ""])
async def test_where_tidying_is_may_be_nonsense(room_node: LocalNode, redis: Redis, cursor: str) -> None:
    """It begins again."""
    await room_node.fill(1)
    changed: list[Any] = []
    room_node.room.changes.edit(ChangeOrigin("ann", 1, changed.append, share=IGNORE_PACE), "better")
    await until(lambda: changed == [2])
    await redis.hset(KEYS.meta, mapping={"swept": cursor, "renewed": cursor, "purge": cursor})
    room_node.post("after")
    await until(lambda: ("after", 3) in room_node.sender.acks)
    await room_node.feed.log.purge(after=0)


@pytest.mark.parametrize(
    "published",
    [
        '{"type":"amended","seq":4,"epoch":"EPOCH","id":"x","message":{"type":"message","seq":2,"epoch":"EPOCH"}}',
        '{"type":"amended","seq":4,"epoch":"EPOCH","id":"x","message":5}',
        '{"type":"amended","seq":4,"epoch":"EPOCH"}',
        '{"type":"amended","seq":4,"epoch":"EPOCH","id":"x","message":',
    ],
)
async def test_a_published_change_that_is_none_is_not_believed(
    room_node: LocalNode, redis: Redis, published: str
) -> None:
    """The log is read, and it goes on from there."""
    member = room_node.listen()
    await room_node.fill(3)
    await redis.publish(KEYS.channel, published.replace("EPOCH", room_node.feed.log.epoch))
    room_node.post("after")
    await until(lambda: member.seqs == [1, 2, 3, 4])
    assert not [event for event in member.events if event["type"] == "amended"]
