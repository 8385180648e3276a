"""The rooms of a node: opened, counted, and forgotten when nobody is in them."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.errors import ErrorCode, Refused
from wschat.fan_out import text_frame
from wschat.model import Person
from wschat.redis_link import RedisLink
from wschat.room import Room
from wschat.room.rooms import NEW_ROOMS

from ..support.room import LocalNode, until

ANN, BOB = Person("ann", "Ann"), Person("bob", "Bob")


def names(node: LocalNode) -> list[str]:
    return [room.name for room in node.rooms]


async def test_a_room_is_opened_once(room_node: LocalNode) -> None:
    """Everyone who opens it gets the same one."""
    assert room_node.rooms.open("team") is room_node.rooms.open("team")
    assert names(room_node) == ["chat", "team"]


async def test_a_room_that_nobody_uses_any_more_is_forgotten(room_node: LocalNode, redis: Redis) -> None:
    """The node no longer follows it, and finds everything in it when it is opened again."""
    ann = await room_node.enter(ANN)
    await room_node.fill(1)
    await room_node.rooms.forget_unused()
    assert names(room_node) == ["chat"], "somebody is in it"
    room_node.room.leave(ann)
    await room_node.rooms.forget_unused()
    assert names(room_node) == []
    await until_no_subscription(redis, "chat")
    await until_no_subscription(redis, "{chat}:signals")
    await room_node.feed.loaded()
    assert room_node.feed.log.seq == 1


async def until_no_subscription(redis: Redis, channel: str) -> None:
    """Wait until no node listens to the channel any longer."""

    async def is_left() -> bool:
        return not await redis.pubsub_channels(channel)

    await until(is_left)


async def test_a_room_lingers(link: RedisLink) -> None:
    """A person who reloads the page finds it as it was."""
    node = await LocalNode(link, linger=30.0).start()
    node.room.leave(await node.enter(ANN))
    await node.rooms.forget_unused()
    assert names(node) == ["chat"]
    await node.stop()


async def test_a_room_that_is_entered_while_another_is_forgotten_stays(
    room_node: LocalNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To forget one takes a moment, in which somebody may enter the next."""
    for name in ("a", "b"):
        room_node.rooms.open(name)
    unsubscribe = Room.unsubscribe

    async def slowly(room: Room) -> None:
        if room.name == "a":
            await room_node.enter(ANN, "b")
        await unsubscribe(room)

    monkeypatch.setattr(Room, "unsubscribe", slowly)
    await room_node.rooms.forget_unused()
    assert names(room_node) == ["b"]


async def test_sessions_are_counted_from_the_request_to_the_end(room_node: LocalNode) -> None:
    """A session that is about to enter counts, one that was refused doesn't."""
    ann = await room_node.enter(ANN)
    assert room_node.rooms.session_count == 1
    assert (await room_node.enter(Person("other", "Ann"))).is_in is False
    assert room_node.rooms.session_count == 1
    bob = await room_node.enter(BOB, "team")
    assert room_node.rooms.session_count == 2
    room_node.rooms.open("team").leave(bob)
    room_node.rooms.open("team").leave(bob)
    room_node.room.leave(ann)
    assert room_node.rooms.session_count == 0


async def test_nobody_opens_empty_rooms_without_end(room_node: LocalNode) -> None:
    """One address may open so many at once; addresses without limits may open any number."""
    for number in range(int(NEW_ROOMS.burst)):
        room_node.rooms.open(f"room{number}", "203.0.113.7")
    with pytest.raises(Refused) as refused:
        room_node.rooms.open("one more", "203.0.113.7")
    assert refused.value.code is ErrorCode.RATE_LIMITED
    room_node.rooms.open("room1", "203.0.113.7")
    room_node.rooms.open("one more")


async def test_rooms_have_their_own_audiences(room_node: LocalNode) -> None:
    """A message reaches only its own room, while a notice to all reaches every room."""
    ann, bob = await room_node.enter(ANN, "a"), await room_node.enter(BOB, "b")
    for occupant, room in ((ann, "a"), (bob, "b")):
        room_node.rooms.open(room).audience.add(occupant.member)
    room_node.rooms.open("a").audience.broadcast(frame("a"))
    room_node.rooms.broadcast(frame("all"))

    def heard(occupant: Any) -> list[str]:  # who comes may be told, too
        return [event["type"] for event in occupant.member.events if event["type"] in ("a", "all")]

    await until(lambda: heard(ann) == ["a", "all"])
    await until(lambda: heard(bob) == ["all"])


def frame(kind: str) -> bytes:
    return text_frame(f'{{"type":"{kind}"}}'.encode())


async def test_rooms_share_their_scripts(room_node: LocalNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """To open another one reads no file, which would hold up everyone on the node."""
    opened = room_node.room

    def read(*_: object, **__: object) -> str:
        raise AssertionError("a file is read")

    monkeypatch.setattr("pathlib.Path.read_text", read)
    other = room_node.rooms.open("other")
    assert other.feed.log.redis._open is opened.feed.log.redis._open
