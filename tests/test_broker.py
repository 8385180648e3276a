"""Posts on their way to Redis: each stored once, numbered, published, and acknowledged to whoever posted it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from wschat.errors import ErrorCode
from wschat.model import Person
from wschat.rate_limit import Rate
from wschat.redis_link import RedisLink, RoomKeys

from .support.room import ANN, Poster, Room, until


@pytest.fixture
async def room(link: RedisLink) -> AsyncIterator[Room]:
    room = await Room(link).open()
    yield room
    await room.broker.stop()


@pytest.mark.parametrize(
    ("room", "channel", "log"), [("chat", "chat", "{chat}:log"), ("Кухня", "chat:Кухня", "{chat:Кухня}:log")]
)
def test_all_keys_of_a_room_are_in_one_slot(room: str, channel: str, log: str) -> None:
    """Braces; and the main room's channel is `chat`."""
    keys = RoomKeys.of(room)
    assert (keys.channel, keys.log) == (channel, log)
    assert all(key.startswith("{" + channel + "}:") for key in (keys.log, keys.meta, keys.sent("a", "b")))


def test_no_room_can_have_another_ones_keys() -> None:
    """A room that is called like the main room's channel is another one."""
    names = ["chat", "a", "chat-a", "chat_a"]
    assert len({RoomKeys.of(name).tag for name in names}) == len(names)


async def test_a_group_of_posts_is_stored_in_its_order(room: Room, redis: Redis) -> None:
    """Numbers from 1 without a hole; each sender hears of theirs; the log has the bytes that were published."""
    other = Poster()
    for number in range(1, 201):
        room.broker.post("chat", ANN, f"p{number}", str(number), room.poster if number % 2 else other)
    await until(lambda: len(room.poster.acks) + len(other.acks) == 200)
    assert dict(room.poster.acks + other.acks) == {f"p{number}": number for number in range(1, 201)}
    assert len(other.acks) == 100
    entries = await redis.xrange("{chat}:log")
    assert [json.loads(fields[b"m"])["text"] for _, fields in entries] == [str(number) for number in range(1, 201)]
    assert [entry_id for entry_id, _ in entries][:2] == [b"1-0", b"2-0"]


async def test_a_failure_of_ours_ends_one_group_and_no_more(room: Room) -> None:
    """Whoever is in the group is told; posts that come later are stored."""

    class Broken(Poster):
        def stored(self, acks: list[tuple[str, int]]) -> None:
            raise RuntimeError("a bug")

    broken = Broken()
    room.broker.post("chat", ANN, "p", "x", broken)
    await until(lambda: broken.refused)
    assert broken.refused["p"].code is ErrorCode.INTERNAL
    room.broker.post("chat", ANN, "q", "y", room.poster)
    await until(lambda: room.poster.acks == [("q", 2)])


async def test_a_post_is_stored_once_however_often_it_comes(room: Room) -> None:
    """In one group and later; each ack carries the same number."""
    for _ in range(3):
        room.broker.post("chat", ANN, "p", "x", room.poster)
    await until(lambda: len(room.poster.acks) == 3)
    room.broker.post("chat", ANN, "p", "x", room.poster)
    await until(lambda: len(room.poster.acks) == 4)
    assert set(room.poster.acks) == {("p", 1)}
    assert room.feed.log.seq == 1


async def test_posts_wait_while_redis_is_away_and_are_stored_once(room: Room, redis: Redis) -> None:
    """All connections are cut in the middle of 500 posts: their fate is unknown, so they are sent again."""
    ear = room.listen()
    for number in range(500):
        room.broker.post("chat", ANN, f"p{number}", "x", room.poster)
        if number % 100 == 50:
            await asyncio.sleep(0)
            await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await until(lambda: len(room.poster.acks) == 500)
    await until(lambda: len(ear.seqs) == 500)
    assert sorted(seq for _, seq in room.poster.acks) == ear.seqs == list(range(1, 501))
    assert room.broker.waiting == 0


async def test_a_full_redis_refuses_and_the_post_is_the_clients_again(room: Room, redis: Redis) -> None:
    """unavailable; it isn't tried again behind the client's back."""
    await redis.config_set("maxmemory", "1")
    try:
        room.broker.post("chat", ANN, "p", "x", room.poster)
        await until(lambda: room.poster.refused)
    finally:
        await redis.config_set("maxmemory", "0")
    assert room.poster.refused["p"].code is ErrorCode.UNAVAILABLE
    await asyncio.sleep(0.1)
    assert await redis.xlen("{chat}:log") == 0
    assert room.broker.waiting == 0


async def test_the_log_keeps_the_newest(link: RedisLink, redis: Redis) -> None:
    """About as many as the setting says; numbers go on."""
    room = await Room(link, keep=200).open()
    await room.fill(1000)
    kept = await redis.xlen("{chat}:log")
    assert 200 <= kept <= 400
    assert (await redis.xrevrange("{chat}:log", count=1))[0][0] == b"1000-0"
    await room.broker.stop()


async def test_numbers_go_on_although_what_redis_knew_of_them_is_gone(room: Room, redis: Redis) -> None:
    """The hash was lost, the log wasn't: a new epoch, and no number is given twice."""
    await room.fill(3)
    await redis.delete("{chat}:meta")
    room.broker.post("chat", ANN, "p", "x", room.poster)
    await until(lambda: ("p", 4) in room.poster.acks)


async def test_a_persons_pace_is_counted_in_redis(link: RedisLink) -> None:
    """Over all nodes, and for each person; one more than the burst is refused with the seconds to wait."""
    first, second = await Room(link, rate=Rate(1.0, 3)).open(), await Room(link, rate=Rate(1.0, 3)).open()
    for number in range(2):
        for room in (first, second):
            room.broker.post("chat", ANN, f"p{number}{id(room)}", "x", room.poster)
    await until(lambda: len(first.poster.acks) + len(second.poster.acks) == 3)
    await until(lambda: first.poster.refused or second.poster.refused)
    (refused,) = [*first.poster.refused.values(), *second.poster.refused.values()]
    assert refused.code is ErrorCode.RATE_LIMITED
    assert 0 < float(refused.facts["retry_after"]) <= 1
    first.broker.post("chat", Person("bob", "Bob"), "p", "x", first.poster)
    await until(lambda: "p" in dict(first.poster.acks))
    await first.broker.stop()
    await second.broker.stop()


async def test_a_room_that_nobody_uses_is_no_longer_listened_to(room: Room, redis: Redis) -> None:
    """And can be opened again."""
    await room.fill(1)
    await room.broker.forget("chat")
    await room.broker.forget("never was")
    for _ in range(200):
        if not await redis.pubsub_channels("chat"):
            break
        await asyncio.sleep(0.01)
    assert await redis.pubsub_channels("chat") == []
    await room.feed.opened()
    assert room.feed.log.seq == 1
