"""Posts on their way to Redis: each stored once, numbered, published, and acknowledged to whoever posted it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.broker import IGNORE_PACE, ONLY_IF_STORED, PostRates
from wschat.broker.storing import publisher
from wschat.errors import ErrorCode, Refused
from wschat.limits import Rate
from wschat.model import Person
from wschat.redis_link import Call, RedisLink, RoomKeys
from wschat.redis_link.link import CallResult

from ..support.room import ANN, LocalNode, RecordingSender, until


@pytest.mark.parametrize(
    ("room", "channel", "log"), [("chat", "chat", "{chat}:log"), ("Кухня", "chat:Кухня", "{chat:Кухня}:log")]
)
def test_all_keys_of_a_room_are_in_one_slot(room: str, channel: str, log: str) -> None:
    """Braces; and the main room's channel is `chat`."""
    keys = RoomKeys(room)
    assert (keys.channel, keys.log) == (channel, log)
    assert all(key.startswith("{" + channel + "}:") for key in (keys.log, keys.meta, keys.sent("a", "b")))


def test_no_room_can_have_another_ones_keys() -> None:
    """A room that is called like the main room's channel is another one."""
    names = ["chat", "a", "chat-a", "chat_a"]
    assert len({RoomKeys(name).tag for name in names}) == len(names)


async def test_a_group_of_posts_is_stored_in_its_order(room_node: LocalNode, redis: Redis) -> None:
    """Numbers from 1 without a hole; each sender hears of theirs; the log has the bytes that were published."""
    other = RecordingSender()
    for number in range(1, 201):
        room_node.post(f"p{number}", str(number), room_node.sender if number % 2 else other)
    await until(lambda: len(room_node.sender.acks) + len(other.acks) == 200)
    assert dict(room_node.sender.acks + other.acks) == {f"p{number}": number for number in range(1, 201)}
    assert len(other.acks) == 100
    entries: Any = await redis.xrange("{chat}:log")
    assert [json.loads(fields[b"m"])["text"] for _, fields in entries] == [str(number) for number in range(1, 201)]
    assert [entry_id for entry_id, _ in entries][:2] == [b"1-0", b"2-0"]


class BrokenSender(RecordingSender):
    """Fails whatever it is told."""

    def on_stored(self, acks: list[tuple[str, int]], repeats: int) -> None:
        raise RuntimeError("a bug")

    def on_refused(self, post: str, refused: Refused) -> None:
        raise RuntimeError("a bug")


@pytest.mark.parametrize("is_refused", [False, True])
async def test_a_sender_that_fails_keeps_no_other_from_its_answer(
    room_node: LocalNode, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both posts went in one call: the other one's is acknowledged, or refused, and what comes later is stored."""
    with monkeypatch.context() as patch:
        if is_refused:
            patch.setattr(room_node.link, "pipeline", replying(room_node.link, lambda value: [b"muted:0"] * 2))
        room_node.post("p", "x", BrokenSender())
        room_node.post("q")
        await until(lambda: room_node.sender.refused or room_node.sender.acks)
    assert room_node.sender.acks == ([] if is_refused else [("q", 2)])
    room_node.post("r")
    await until(lambda: room_node.sender.acks[-1:] == [("r", 3)])


async def test_a_bad_reply_refuses_only_what_it_answers(room_node: LocalNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """A post of another room in the same group is stored; of the call itself each post is refused once."""
    other = RecordingSender()
    with monkeypatch.context() as patch:
        patch.setattr(room_node.link, "pipeline", replying(room_node.link, lambda value: [value[0], None]))
        room_node.post("p")
        room_node.post("q")
        room_node.publisher.post("kitchen", ANN, "r", "x", other, share=IGNORE_PACE)
        await until(lambda: other.acks and len(room_node.sender.refused) == 2)
    assert {refused.code for refused in room_node.sender.refused.values()} == {ErrorCode.INTERNAL}
    assert room_node.sender.acks == []
    assert (other.acks, other.refused) == ([("r", 1)], {})


def replying(link: RedisLink, altered: Callable[[Any], Any]) -> Callable[[Sequence[Call]], Awaitable[list[CallResult]]]:
    """The link's `pipeline`, whose first reply is altered."""
    pipeline = link.pipeline

    async def altering(calls: Sequence[Call]) -> list[CallResult]:
        first, *others = await pipeline(calls)
        return [CallResult(altered(first.result())), *others]

    return altering


async def test_a_post_is_stored_once_however_often_it_comes(room_node: LocalNode) -> None:
    """In one group and later; each ack carries the same number."""
    for _ in range(3):
        room_node.post("p")
    await until(lambda: len(room_node.sender.acks) == 3)
    room_node.post("p")
    await until(lambda: len(room_node.sender.acks) == 4)
    assert set(room_node.sender.acks) == {("p", 1)}
    assert room_node.feed.log.seq == 1


async def test_posts_wait_while_redis_is_away_and_are_stored_once(room_node: LocalNode, redis: Redis) -> None:
    """All connections are cut in the middle of 500 posts: their fate is unknown, so they are sent again."""
    member = room_node.listen()
    for number in range(500):
        room_node.post(f"p{number}")
        if number % 100 == 50:
            await asyncio.sleep(0)
            await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    await until(lambda: len(room_node.sender.acks) == 500)
    await until(lambda: len(member.seqs) == 500)
    assert sorted(seq for _, seq in room_node.sender.acks) == member.seqs == list(range(1, 501))
    assert room_node.publisher.waiting == 0


async def test_a_full_redis_refuses_and_the_post_is_the_clients_again(room_node: LocalNode, redis: Redis) -> None:
    """The code is unavailable, and the node doesn't retry on its own."""
    await redis.config_set("maxmemory", "1")
    try:
        room_node.post("p")
        await until(lambda: room_node.sender.refused)
    finally:
        await redis.config_set("maxmemory", "0")
    assert room_node.sender.refused["p"].code is ErrorCode.UNAVAILABLE
    await asyncio.sleep(0.1)
    assert await redis.xlen("{chat}:log") == 0
    assert room_node.publisher.waiting == 0


async def test_the_log_keeps_the_newest(link: RedisLink, redis: Redis) -> None:
    """About as many as the setting says; numbers go on."""
    node = await LocalNode(link, keep=200).start()
    await node.fill(1000)
    kept = await redis.xlen("{chat}:log")
    assert 200 <= kept <= 400
    newest: Any = await redis.xrevrange("{chat}:log", count=1)
    assert newest[0][0] == b"1000-0"
    await node.stop()


async def test_numbers_go_on_although_what_redis_knew_of_them_is_gone(room_node: LocalNode, redis: Redis) -> None:
    """The hash was lost, the log wasn't: a new epoch, and no number is given twice."""
    await room_node.fill(3)
    await redis.delete("{chat}:meta")
    room_node.post("p")
    await until(lambda: ("p", 4) in room_node.sender.acks)


async def test_a_persons_pace_is_counted_in_redis(link: RedisLink) -> None:
    """Over all nodes, and for each person; one more than the burst is refused with the seconds to wait."""
    pace = PostRates(person=Rate(1.0, 3))
    first, second = await LocalNode(link, rates=pace).start(), await LocalNode(link, rates=pace).start()
    for number in range(2):
        for node in (first, second):
            node.post(f"p{number}{id(node)}")
    await until(lambda: len(first.sender.acks) + len(second.sender.acks) == 3)
    await until(lambda: first.sender.refused or second.sender.refused)
    (refused,) = [*first.sender.refused.values(), *second.sender.refused.values()]
    assert refused.code is ErrorCode.RATE_LIMITED
    assert 0 < float(refused.facts["retry_after"]) <= 1
    first.post("p", person=Person("bob", "Bob"))
    await until(lambda: "p" in dict(first.sender.acks))
    await first.stop()
    await second.stop()


async def test_a_rooms_pace_is_counted_in_redis(link: RedisLink) -> None:
    """It holds over all nodes and persons, and a long message counts as several."""
    pace = PostRates(person=Rate(100.0, 100), room=Rate(0.5, 8), unit=500)
    nodes = [await LocalNode(link, rates=pace).start() for _ in range(2)]
    for number in range(4):
        for node in nodes:
            node.post(f"p{number}{id(node)}", person=Person(f"person{number}{id(node)}", "N"), share=1.0)
    await until(lambda: sum(len(node.sender.acks) for node in nodes) == 8)
    nodes[0].post("one more", share=1.0)
    await until(lambda: nodes[0].sender.refused)
    assert 0 < float(nodes[0].sender.refused["one more"].facts["retry_after"]) <= 2.0
    await asyncio.sleep(2.1)
    nodes[1].post("long", "x" * 3000, share=1.0)  # more than six
    nodes[1].post("short", share=1.0)
    await until(lambda: "long" in nodes[1].sender.refused)
    assert 0 < float(nodes[1].sender.refused["long"].facts["retry_after"]) <= 12.0
    await until(lambda: "short" in dict(nodes[1].sender.acks))
    for node in nodes:
        await node.stop()


async def test_a_small_share_of_a_rooms_pace_leaves_something_to_others(link: RedisLink) -> None:
    """A heavy writer can use up half, and a light one can still write; this machine is bound by nothing."""
    pace = PostRates(person=Rate(100.0, 100), room=Rate(1.0, 10), unit=1000)
    node = await LocalNode(link, rates=pace).start()
    for number in range(10):
        node.post(f"flood{number}", share=0.5)
    await until(lambda: len(node.sender.acks) + len(node.sender.refused) == 10)
    assert len(node.sender.refused) == 5
    for number in range(5):
        node.post(f"calm{number}", share=1.0)
    node.post("too much", share=1.0)
    await until(lambda: "too much" in node.sender.refused)
    assert len(node.sender.refused) == 6
    for number in range(20):
        node.post(f"here{number}", "x" * 4000, share=0.0)
    await until(lambda: len(node.sender.acks) == 30)
    await node.stop()


async def test_a_retry_is_found_whatever_the_pace(link: RedisLink) -> None:
    """Asked only for what is stored, Redis gives its number, counts nothing and stores nothing."""
    pace = PostRates(person=Rate(1.0, 2), room=Rate(1.0, 2), unit=1000)
    node = await LocalNode(link, rates=pace).start()
    node.post("a", share=1.0)
    await until(lambda: node.sender.acks == [("a", 1)])
    for _ in range(10):
        node.post("a", share=ONLY_IF_STORED)
    node.post("b", share=ONLY_IF_STORED)
    await until(lambda: "b" in node.sender.refused)
    assert node.sender.acks == [("a", 1)] * 11
    assert node.sender.repeats == 10
    node.post("b", share=1.0)
    await until(lambda: node.sender.acks[-1] == ("b", 2))
    await node.stop()


async def test_what_waits_for_redis_is_bounded_in_bytes(room_node: LocalNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Redis is away, a node takes 64 MiB of posts, and the pages keep the others."""
    monkeypatch.setattr(publisher, "QUEUE_MAX", 10_000)
    await room_node.publisher.stop()
    for number in range(3):
        room_node.post(f"p{number}", "x" * 4000)
    with pytest.raises(Refused) as refused:
        room_node.post("q")
    assert refused.value.code is ErrorCode.BUSY
    room_node.publisher.start()
    await until(lambda: len(room_node.sender.acks) == 3)
    room_node.post("q")
    await until(lambda: len(room_node.sender.acks) == 4)
