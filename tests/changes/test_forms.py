"""Messages as they are now, their forms: in memory, in Redis, and until nobody can need them any longer."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import IGNORE_PACE, ChangeOrigin, ReactionRequest
from wschat.errors import ErrorCode
from wschat.redis_link import PrimaryLink, RoomKeys

from ..support.changes import (
    Answers,
    all_events,
    code,
    delete,
    edit,
    level,
    react,
    snapshot,
)
from ..support.room import ANN, LocalNode, seqs, until

KEYS = RoomKeys("chat")


async def test_a_snapshot_has_as_many_messages_as_asked_for_behind_many_changes(
    room_node: LocalNode, link: PrimaryLink
) -> None:
    """A busy message doesn't push the others out of what newcomers see, nor out of a page of history."""
    await room_node.fill(60)
    answers = Answers()
    for number in range(600):
        room_node.room.changes.edit(ChangeOrigin("ann", 60, answers, share=IGNORE_PACE), f"edit {number}")
        if number % 100 == 99:
            await until(lambda number=number: len(answers.outcomes) == number + 1)  # type: ignore[misc]
    await until(lambda: room_node.feed.log.seq == 660)
    fresh = await LocalNode(link).start()
    try:
        for each in (room_node, fresh):
            assert [message["seq"] for message in snapshot(each, 50)] == list(range(11, 61))
            page, start = await each.feed.history(661, 50)
            assert (seqs(page), start) == (list(range(11, 61)), False)
            page, start = await each.feed.history(11, 50)
            assert (seqs(page), start) == (list(range(1, 11)), True)
            events = (await each.feed.next_events(600)).events
            assert seqs(events) == list(range(601, 661))
            assert {json.loads(event)["message"]["text"] for event in events} == {"edit 599"}
    finally:
        await fresh.stop()


async def test_messages_in_cached_blocks_change_too(room_node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """A page that was read is right the next time as well, without being read again."""
    other = more_nodes[0]
    await room_node.fill(900)
    await level(room_node, other)
    await room_node.feed.history(100, 50)
    reads = room_node.feed.log.redis.reads
    await edit(other, 80, "better")
    await level(other, room_node)
    page, _ = await room_node.feed.history(100, 50)
    assert [json.loads(message)["text"] for message in page if json.loads(message)["seq"] == 80] == ["better"]
    await delete(other, 80)
    await level(other, room_node)
    page, _ = await room_node.feed.history(100, 50)
    assert [json.loads(message)["deleted"] for message in page if json.loads(message)["seq"] == 80] == [True]
    assert len(page) == 50
    assert room_node.feed.log.redis.reads == reads


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_message_that_changes_while_it_is_read_is_given_as_it_is_after_that(
    room_node: LocalNode, is_first: bool
) -> None:
    """The answer from Redis may be older than what was delivered meanwhile, also of the first change ever."""
    await room_node.fill(900)
    if not is_first:
        await edit(room_node, 1, "before")
        await room_node.feed.log.messages_at([2])
    answered, may_go_on = asyncio.Event(), asyncio.Event()

    def slowly(ask: Any) -> Any:
        async def slow(*args: Any) -> Any:
            reply = await ask(*args)
            answered.set()
            await may_go_on.wait()
            return reply

        return slow

    execute, transaction = room_node.link.execute, room_node.link.transaction
    room_node.link.execute, room_node.link.transaction = slowly(execute), slowly(transaction)  # type: ignore[method-assign]
    page = asyncio.ensure_future(room_node.feed.history(100, 50))
    found = asyncio.ensure_future(room_node.room.messages([80]))
    await answered.wait()
    room_node.link.execute, room_node.link.transaction = execute, transaction  # type: ignore[method-assign]
    before = room_node.feed.log.seq
    room_node.room.changes.delete(ChangeOrigin("ann", 70, lambda _: None, share=IGNORE_PACE))
    assert isinstance(await delete(room_node, 80), int)
    await until(lambda: room_node.feed.log.seq == before + 2)
    may_go_on.set()
    for messages in ((await page)[0], await found, (await room_node.feed.history(100, 50))[0]):
        assert messages
        assert not any(b'"m80"' in message or b'"m70"' in message for message in messages)


async def test_somebody_who_comes_back_gets_every_change_of_what_they_have(
    room_node: LocalNode, link: PrimaryLink
) -> None:
    """Also of messages that are older than everything else they missed, and of those that the log doesn't keep now."""
    await room_node.fill(700)
    await edit(room_node, 10, "better")
    await delete(room_node, 20)
    await room_node.fill(300)
    fresh = await LocalNode(link).start()
    try:
        for each in (room_node, fresh):
            events = await all_events(each, 700)
            assert [event["seq"] for event in events] == list(range(701, 1003))
            assert (events[0]["message"]["text"], events[1]["message"]["deleted"]) == ("better", True)
    finally:
        await fresh.stop()


async def test_forms_go_when_nobody_can_need_them_any_more(link: PrimaryLink, redis: Redis) -> None:
    """That is when the log keeps neither the message nor its last change: until then it is news to somebody."""
    node = await LocalNode(link, keep=200).start()
    try:
        await node.fill(10)
        for seq in range(1, 9):
            await edit(node, seq, "better")
            await react(node, seq)
        await delete(node, 9)
        await node.fill(150)
        await redis.xtrim(KEYS.log, minid="15-0", approximate=False)
        await node.fill(1)
        assert await redis.hlen(KEYS.amended) == 7
        fresh = await LocalNode(link).start()
        events = await all_events(fresh, 14)
        assert [event["seq"] for event in events] == list(range(15, node.feed.log.seq + 1))
        assert events[0]["message"]["text"] == "better"
        assert snapshot(fresh, 200)[0]["seq"] > 14
        assert code(await edit(fresh, 1, "too late")) is ErrorCode.GONE
        await fresh.stop()
        await node.fill(700)
        await node.fill(1)
        left = [key async for key in redis.scan_iter(match="{chat}:reactions:*")]
        assert (await redis.hlen(KEYS.amended), left) == (0, [])
    finally:
        await node.stop()


async def test_keys_of_changes_end_with_the_room_or_later(room_node: LocalNode, redis: Redis) -> None:
    """In a room other than the main one each has an end; reactions are renewed with the room's posts."""
    room = room_node.rooms.open("team")
    keys = room.keys
    room_node.publisher.post("team", ANN, "p1", "x", room_node.sender, share=IGNORE_PACE)
    await until(lambda: room.feed.log.seq == 1)
    answers = Answers()
    room.changes.edit(ChangeOrigin("ann", 1, answers, share=IGNORE_PACE), "better")
    room.changes.react(1, ReactionRequest("ann", "👍", True, answers, share=IGNORE_PACE))
    await until(lambda: len(answers.outcomes) == 2)
    ends = {key: await redis.ttl(key) for key in (keys.log, keys.meta, keys.amended, keys.reactions(1))}
    assert min(ends.values()) > 0
    assert ends[keys.amended] >= ends[keys.log]
    assert ends[keys.reactions(1)] >= 2 * keys.kept - 10
    await redis.expire(keys.reactions(1), 1000)
    await redis.expire(keys.amended, 1000)
    await redis.hset(keys.meta, "renewed", 1)
    room_node.publisher.post("team", ANN, "p2", "x", room_node.sender, share=IGNORE_PACE)
    await until(lambda: ("p2", 4) in room_node.sender.acks)
    assert await redis.ttl(keys.reactions(1)) > keys.kept
    assert await redis.ttl(keys.amended) > 1000


async def test_deleted_messages_at_the_beginning_are_kept_with_the_log(room_node: LocalNode, link: PrimaryLink) -> None:
    """They are no hole: a person who reads the beginning sees that something was deleted there."""
    await room_node.fill(5)
    for seq in (1, 2, 3):
        await delete(room_node, seq)
    fresh = await LocalNode(link).start()
    try:
        for each in (room_node, fresh):
            assert seqs((await each.feed.next_events(0)).events) == list(range(1, 9))
            page, start = await each.feed.history(9, 50)
            assert (seqs(page), start) == ([1, 2, 3, 4, 5], True)
            assert [message["seq"] for message in snapshot(each)] == [1, 2, 3, 4, 5]
    finally:
        await fresh.stop()


async def test_a_log_that_lost_a_change_has_gone_back(room_node: LocalNode, redis: Redis) -> None:
    """Another change has its number by now: a replica lagged, and became the primary."""
    await room_node.fill(1)
    await edit(room_node, 1, "before")
    epoch = room_node.feed.log.epoch
    entries: Any = await redis.xrange(KEYS.log, "2-0", "2-0")
    other = json.loads(entries[0][1][b"m"]) | {"id": "another"}
    pipeline = redis.pipeline()
    pipeline.xdel(KEYS.log, "2-0")
    pipeline.xrange(KEYS.log)
    pipeline.delete(KEYS.log)
    await pipeline.execute()
    message = json.dumps(
        {"type": "message", "seq": 1, "epoch": epoch, "room": "chat", "id": "p1", "from": {"id": "ann", "name": "Ann"},
         "text": "m1", "time": ""}, separators=(",", ":"),
    )  # fmt: skip
    await redis.xadd(KEYS.log, {"m": message}, id="1-0")
    await redis.xadd(KEYS.log, {"m": json.dumps(other, separators=(",", ":"))}, id="2-0")
    await room_node.feed.verify()
    assert room_node.feed.log.epoch != epoch


async def test_forms_of_a_lost_log_are_nobodys(room_node: LocalNode, redis: Redis) -> None:
    """An operator emptied the room and forgot a key: new messages look like themselves, and can be changed."""
    await room_node.fill(3)
    await edit(room_node, 1, "of the old log")
    await react(room_node, 1)
    await delete(room_node, 2)
    await redis.delete(KEYS.log, KEYS.meta)
    room_node.post("new1", "new one")
    room_node.post("new2", "new two")
    await until(lambda: room_node.feed.log.seq == 2)
    await room_node.feed.verify()
    assert [message["text"] for message in snapshot(room_node)] == ["new one", "new two"]
    fresh = await LocalNode(room_node.link).start()
    assert [message["text"] for message in snapshot(fresh)] == ["new one", "new two"]
    assert await react(fresh, 1, "🎉") == 3
    await until(lambda: fresh.feed.log.seq == 3)
    assert snapshot(fresh)[0]["reactions"] == [{"emoji": "🎉", "count": 1, "people": ["ann"]}]
    await fresh.stop()
