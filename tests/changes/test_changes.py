"""Edits and deletions of messages: valid changes, the right to make them, and that a message looks the same to all."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import IGNORE_PACE, ChangeOrigin, Changes
from wschat.concurrency import Group
from wschat.errors import ErrorCode
from wschat.model import Person
from wschat.redis_link import RoomKeys

from ..support.changes import (
    Answers,
    by_every_way,
    code,
    delete,
    edit,
    level,
    react,
)
from ..support.redis import contents
from ..support.room import LocalNode, seqs, until

KEYS = RoomKeys("chat")
BOB = Person("bob", "Bob")


# --- what a change is ---------------------------------------------------------------


async def test_a_change_takes_the_next_number_and_carries_the_whole_message(room_node: LocalNode, redis: Redis) -> None:
    """Everyone hears it; the entry in the log has no text, and the message is in one place."""
    member = room_node.listen()
    await room_node.fill(2)
    assert await edit(room_node, 1, "better") == 3
    await until(lambda: len(member.events) == 3)
    amended = member.events[2]
    assert {key: amended[key] for key in ("type", "seq", "epoch")} == {
        "type": "amended", "seq": 3, "epoch": room_node.feed.log.epoch,
    }  # fmt: skip
    assert amended["message"] == {
        "type": "message", "seq": 1, "epoch": room_node.feed.log.epoch, "rev": 3, "room": "chat", "id": "p1",
        "from": {"id": "ann", "name": "Ann"}, "text": "better", "time": "1970-01-01T00:00:00.000Z",
        "edited": "1970-01-01T00:00:00.000Z",
    }  # fmt: skip
    entries: Any = await redis.xrange(KEYS.log, "3-0", "3-0")
    entry = json.loads(entries[0][1][b"m"])
    assert entry == {"type": "amended", "seq": 3, "epoch": room_node.feed.log.epoch, "id": amended["id"], "of": 1}
    assert json.loads(await redis.hget(KEYS.amended, "1") or b"") == amended["message"]


async def test_a_message_looks_the_same_by_every_way(room_node: LocalNode, more_nodes: list[LocalNode]) -> None:
    """To those who were there, to newcomers and on a node that has just begun."""
    await room_node.fill(3)
    await edit(room_node, 2, "better")
    await react(room_node, 2)
    await react(room_node, 2, "🎉", person="bob")
    await level(room_node, *more_nodes)
    ways = [way for each in (room_node, *more_nodes) for way in await by_every_way(each, 2)]
    assert len(ways) == 3 * 6
    assert all(way == ways[0] for way in ways)
    assert ways[0]["text"] == "better"
    assert ways[0]["reactions"] == [
        {"emoji": "👍", "count": 1, "people": ["ann"]}, {"emoji": "🎉", "count": 1, "people": ["bob"]},
    ]  # fmt: skip


async def test_a_deleted_text_is_nowhere(room_node: LocalNode, more_nodes: list[LocalNode], redis: Redis) -> None:
    """Not in the memory of a node, not in Redis, and not in the bytes that its files are written from."""
    await room_node.fill(10)
    await room_node.fill(1, size=3000)
    await edit(room_node, 5, "secret words")
    room_node.feed.snapshot(50)
    await react(room_node, 5)
    assert await delete(room_node, 5) == 14
    await level(room_node, *more_nodes)
    await room_node.feed.log.purge(after=0)
    assert b"secret words" not in await contents(redis)
    assert b'"m5"' not in await contents(redis)
    for each in (room_node, *more_nodes):
        for way in await by_every_way(each, 5):
            assert way["deleted"] is True
            assert not {"text", "reactions", "reply"} & way.keys()
            assert way["edited"] >= way["time"]  # when it was deleted: pages show a tombstone for a while
            assert way["from"] == {"id": "ann", "name": "Ann"}
        events = (await each.feed.next_events(0)).events
        assert not any(b"secret words" in event or b'"m5"' in event for event in events)
        assert seqs(events) == list(range(1, 15))


async def test_purging_changes_nothing_that_anybody_reads(room_node: LocalNode, redis: Redis) -> None:
    """The log is copied in portions; what is posted meanwhile is in it, and a room without deletions isn't copied."""
    await room_node.fill(1200)
    await room_node.feed.log.purge(after=0)
    await delete(room_node, 3)
    await room_node.feed.log.purge(after=60)
    assert await redis.hexists(KEYS.meta, "purge")
    purging = asyncio.ensure_future(room_node.feed.log.purge(after=0))
    await room_node.fill(50)
    await purging
    assert not await redis.hexists(KEYS.meta, "purge")
    assert await redis.exists(KEYS.log_copy) == 0
    assert await redis.ttl(KEYS.log) == -1
    entries: Any = await redis.xrange(KEYS.log)
    assert [int(entry[0].split(b"-")[0]) for entry in entries] == [1, 2, *range(4, 1252)]


async def test_every_node_purges_what_was_deleted_anywhere(room_node: LocalNode, redis: Redis) -> None:
    """It sees so when it polls, some seconds later."""
    await room_node.fill(3)
    await delete(room_node, 2)
    await redis.hset(KEYS.meta, "purge", 1)

    async def is_purged() -> bool:
        return not await redis.hexists(KEYS.meta, "purge")

    await until(is_purged)
    assert b"m2" not in await contents(redis)


# --- rights -------------------------------------------------------------------------


async def test_only_the_author_changes_a_message(room_node: LocalNode) -> None:
    """Anyone else is refused, whatever is to be done to it; a reaction is everybody's right."""
    await room_node.fill(1)
    assert code(await edit(room_node, 1, "mine", BOB)) is ErrorCode.NOT_YOURS
    assert code(await delete(room_node, 1, BOB)) is ErrorCode.NOT_YOURS
    assert await react(room_node, 1, person="bob") == 2


async def test_editing_has_a_window_and_deleting_has_none(room_node: LocalNode) -> None:
    """The window is a setting; 0 is none."""
    await room_node.fill(1)
    log, publisher = room_node.feed.log, room_node.publisher
    for window, now, refused in ((60.0, 61.0, True), (60.0, 59.0, False), (0.0, 1e9, False)):
        changes = Changes("chat", log, publisher, Group(), clock=lambda now=now: now, edit_window=window)  # type: ignore[misc]
        answers = Answers()
        changes.edit(ChangeOrigin("ann", 1, answers, share=IGNORE_PACE), f"at {now}")
        await until(lambda answers=answers: answers.outcomes)  # type: ignore[misc]
        assert answers.codes == ["too_late" if refused else "done"]
    changes = Changes("chat", log, publisher, Group(), clock=lambda: 1e9, edit_window=60.0)
    answers = Answers()
    changes.delete(ChangeOrigin("ann", 1, answers, share=IGNORE_PACE))
    await until(lambda: answers.outcomes)
    assert answers.codes == ["done"]


@pytest.mark.parametrize("seq", [2, 99, 2**53])
async def test_what_is_not_there_is_gone(room_node: LocalNode, seq: int) -> None:
    """A number that is no message's, or not given out yet, can't be changed."""
    await room_node.fill(1)
    await edit(room_node, 1, "x")
    assert code(await edit(room_node, seq, "x y")) is ErrorCode.GONE
    assert code(await delete(room_node, seq)) is ErrorCode.GONE
    assert code(await react(room_node, seq)) is ErrorCode.GONE


async def test_a_deleted_message_cannot_be_changed(room_node: LocalNode) -> None:
    """A deletion stands; to delete it again is nothing to complain of."""
    await room_node.fill(1)
    assert await delete(room_node, 1) == 2
    assert code(await edit(room_node, 1, "back")) is ErrorCode.GONE
    assert code(await react(room_node, 1)) is ErrorCode.GONE
    assert await delete(room_node, 1) == 2
    await until(lambda: room_node.feed.log.seq == 2)
