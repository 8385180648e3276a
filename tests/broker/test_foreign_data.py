"""Whatever stands in Redis is foreign input: wrong types, missing keys, bad bytes. One room at most breaks."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import IGNORE_PACE
from wschat.errors import ErrorCode
from wschat.model import Person
from wschat.redis_link import RedisLink, RoomKeys

from ..support import Nodes, join, visit
from ..support.client import PATIENCE
from ..support.foreign import KINDS, put
from ..support.room import ANN, LocalNode, RecordingSender, seqs, until

KEYS = RoomKeys("chat")


# --- wrong types ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", ["log", "meta", "online", "people", "names", "roles"])
async def test_a_room_with_a_broken_key_harms_only_itself(nodes: Nodes, redis: Redis, key: str, kind: str) -> None:
    """In the broken room everything is answered within seconds, and an ack is given only for what the log has."""
    await nodes.start(1)
    broken = RoomKeys("broken")
    await put(redis, broken.own(key), kind)
    (ann,) = await nodes.join("Ann")
    bob = await visit(nodes.ws())
    await bob.send("hello", name="Bob", room="broken")
    first = await answer(bob)
    if first["type"] == "welcome":
        await bob.send("post", id="p1", text="in the broken room")
        outcome = await answer(bob)
        stored: Any = await redis.xrange(broken.log) if await redis.type(broken.log) == b"stream" else []
        texts = [json.loads(fields[b"m"])["text"] for _, fields in stored if b"m" in fields]
        assert (outcome["type"] == "ack") == (texts == ["in the broken room"])
        if outcome["type"] == "error":
            assert outcome["code"] == "unavailable"
    else:
        assert first["code"] == "unavailable"
    assert await asyncio.wait_for(ann.posts("in a good room"), 8)
    assert (await join(nodes.ws(), "Eve")).welcome["online"]["count"] == 2


async def answer(client: Any) -> dict[str, Any]:
    """The welcome, ack or error that comes next."""
    while True:
        event = await asyncio.wait_for(client._receive(), PATIENCE)
        if event["type"] in ("welcome", "ack", "error"):
            return dict(event)


async def test_a_post_is_remembered_only_when_the_log_has_it(room_node: LocalNode, redis: Redis) -> None:
    """The log is broken while a post comes, and repaired; the same post is then stored, and acknowledged once."""
    await put(redis, KEYS.log, "string")
    room_node.post("p1")
    await until(lambda: room_node.sender.refused)
    assert room_node.sender.refused["p1"].code is ErrorCode.UNAVAILABLE
    assert room_node.sender.acks == []
    await redis.delete(KEYS.log)
    room_node.post("p1")
    await until(lambda: room_node.sender.acks)
    assert await redis.xlen(KEYS.log) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_what_stands_in_the_place_of_a_remembered_id_is_overwritten(
    room_node: LocalNode, redis: Redis, kind: str
) -> None:
    """It is no number, so the post is stored; the same goes for a person's pace."""
    await put(redis, KEYS.sent(ANN.id, "p1"), kind)
    await put(redis, KEYS.pace(ANN.id), kind)
    room_node.post("p1")
    await until(lambda: room_node.sender.acks == [("p1", 1)])
    room_node.post("p1")
    await until(lambda: room_node.sender.acks == [("p1", 1), ("p1", 1)])


async def test_posts_of_other_rooms_are_stored_beside_a_broken_one(room_node: LocalNode, redis: Redis) -> None:
    """In the same group."""
    await put(redis, RoomKeys("broken").log, "string")
    other = RecordingSender()
    for number in range(10):
        room_node.publisher.post("broken", ANN, f"b{number}", "x", other, share=IGNORE_PACE)
        room_node.post(f"p{number}")
    await until(lambda: len(room_node.sender.acks) == 10 and len(other.refused) == 10)


# --- bad values -------------------------------------------------------------------


@pytest.mark.parametrize("epoch", ['"}', "", "\xff\xfe", "x" * 70, 'a","x":"'])
@pytest.mark.parametrize("seq", ["nonsense", "-5", "1e400", ""])
async def test_bad_values_of_a_room_begin_a_new_epoch(room_node: LocalNode, redis: Redis, epoch: str, seq: str) -> None:
    """Numbers go on after the newest message, and what is published is good JSON."""
    await room_node.fill(3)
    await redis.hset(KEYS.meta, mapping={"epoch": epoch, "seq": seq})
    room_node.post("after")
    await until(lambda: ("after", 4) in room_node.sender.acks)
    newest: Any = await redis.xrevrange(KEYS.log, count=1)
    fields = newest[0][1]
    message = json.loads(fields[b"m"])
    assert message["seq"] == 4
    assert message["epoch"] != epoch


async def test_a_number_that_fell_behind_the_log_gives_none_twice(room_node: LocalNode, redis: Redis) -> None:
    """Meta was restored from before: the log has what it has, and a new epoch begins after its end."""
    await room_node.fill(5)
    epoch = room_node.feed.log.epoch
    await redis.hset(KEYS.meta, "seq", 2)
    room_node.post("after")
    await until(lambda: ("after", 6) in room_node.sender.acks)
    await until(lambda: room_node.feed.log.epoch != epoch and room_node.feed.log.seq == 6)


@pytest.mark.parametrize("gone", [[5], [1, 2, 3, 4, 5]], ids=str)
async def test_numbers_of_deleted_messages_are_never_given_again(
    room_node: LocalNode, redis: Redis, gone: list[int]
) -> None:
    """Their position was lost too: Redis takes no number of a stream twice, so the next message comes after them."""
    await room_node.fill(5)
    await redis.xdel(KEYS.log, *(f"{number}-0" for number in gone))
    await redis.delete(KEYS.meta)
    room_node.post("after")
    await until(lambda: room_node.sender.acks[5:] or room_node.sender.refused)
    assert room_node.sender.acks[5:] == [("after", 6)]
    await until(lambda: room_node.feed.log.seq == 6)


@pytest.mark.parametrize(
    "entry",
    [
        {"x": "no message field"},
        {"m": "no json"},
        {"m": '{"type":"message","seq":3,"epoch":"e"'},
        {"m": b"\xff\xfe"},
        {"m": '{"type":"message","seq":99,"epoch":"e","room":"chat","id":"a","from":{"id":"a","name":"A"},'
              '"text":"","time":""}'},
        {"m": '{"type":"message","seq":3,"epoch":"e","text":5}'},
    ],
)  # fmt: skip
async def test_an_entry_that_is_no_message_is_a_hole(
    link: RedisLink, redis: Redis, entry: Any, room_node: LocalNode
) -> None:
    """Those who read the log see the messages around it."""
    await room_node.fill(2)
    await redis.xadd(KEYS.log, entry, id="3-0")
    await redis.hset(KEYS.meta, "seq", 3)
    room_node.post("p4")
    await until(lambda: room_node.feed.log.seq == 4)
    fresh = await LocalNode(link).start()
    try:
        await fresh.feed.verify()
        for feed in (room_node.feed, fresh.feed):
            assert seqs((await feed.next_events(0)).events) == [1, 2, 4]
            page, start = await feed.history(5, 10)
            assert (seqs(page), start) == ([1, 2, 4], True)
    finally:
        await fresh.stop()


async def test_a_person_in_redis_who_is_none_is_left_out(room_node: LocalNode, redis: Redis) -> None:
    """The others are listed."""
    await room_node.enter(ANN)
    await redis.hset(KEYS.people, mapping={"x": b"\xff", "y": "no json\n{", "z": 'a\n{"id":5}'})
    await redis.zadd(KEYS.online, dict.fromkeys("xyz", 9e15))
    await redis.hincrby(KEYS.meta, "people", 1)
    room_node.presence._sync.resync()
    await until(lambda: not room_node.presence.is_syncing)
    assert room_node.names() == ["Ann"]


# --- lost keys --------------------------------------------------------------------


async def test_a_name_that_redis_forgot_stays_its_persons(nodes: Nodes, redis: Redis) -> None:
    """With the next renewal it is written again."""
    await nodes.start(2)
    (ann,) = await nodes.join("Ann")
    await redis.delete(KEYS.names)
    await until(lambda: redis.hlen(KEYS.names))
    second = await visit(nodes.ws(1))
    await second.send("hello", name="ANN")
    await second.is_refused("name_taken")
    assert await ann.is_there()


async def test_keys_of_a_room_end(room_node: LocalNode, redis: Redis) -> None:
    """Each key that a life in a room leaves behind ends on its own, but for the main room's messages."""
    team = Person("bob", "Bob")
    await room_node.enter(team, "team")
    room_node.publisher.post("team", team, "p1", "x", room_node.sender, share=IGNORE_PACE)
    await room_node.enter(ANN)
    room_node.post("p1")
    await until(lambda: len(room_node.sender.acks) == 2)
    ends = {key.decode(): await redis.ttl(key) async for key in redis.scan_iter()}
    assert {key for key, seconds in ends.items() if seconds < 0} == {KEYS.log, KEYS.meta}
