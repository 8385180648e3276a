"""A conversation without a wire: commands in, events out, over a real Redis but no socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from wschat.access import Access
from wschat.broker import Broker
from wschat.hub import Hub
from wschat.identity import Identity
from wschat.presence import Presence
from wschat.redis_link import RedisLink
from wschat.session import Limits, Rooms, Session

from .support.recording import RecordingTransport
from .support.room import until


class Talk:
    """A session and its fake socket."""

    def __init__(self, rooms: Rooms) -> None:
        self.socket = RecordingTransport()
        self.session = Session(rooms, self.socket)

    def says(self, type_: str, **fields: Any) -> None:
        self.session.receive(json.dumps({"type": type_, **fields}).encode())

    async def gets(self, type_: str) -> dict[str, Any]:
        await until(lambda: self.socket.got(type_))
        return self.socket.got(type_)[-1]

    async def joins(self, name: str, **hello: Any) -> dict[str, Any]:
        self.says("hello", name=name, **hello)
        return await self.gets("welcome")


class Node:
    """All that sessions share, without an edge."""

    def __init__(self, link: RedisLink) -> None:
        self.active = 0
        self.is_up = True
        hub = Hub()
        self.broker = Broker(link, hub, keep=10_000, clock=lambda: 0.0, delivered=lambda: None)
        self.presence = Presence(link, hub)
        self.rooms = Rooms(
            hub, self.broker, self.presence, Identity("key"), Access(()), limits=Limits(room_linger=0.0),
            activity=self._count, is_up=lambda: self.is_up, greeting="hi", version="v",
        )  # fmt: skip
        self.broker.start()
        self.presence.start()

    def _count(self) -> None:
        self.active += 1

    def talk(self) -> Talk:
        return Talk(self.rooms)


@pytest.fixture
async def node(link: RedisLink) -> AsyncIterator[Node]:
    node = Node(link)
    yield node
    await node.presence.stop()
    await node.broker.stop()


async def test_hello_is_answered_by_a_welcome(node: Node) -> None:
    """With what the node says to everyone."""
    welcome = await node.talk().joins("Ann")
    assert (welcome["text"], welcome["version"], welcome["you"]["name"]) == ("hi", "v", "Ann")


async def test_the_same_token_is_the_same_person(node: Node) -> None:
    """Under a new name, too; without one it is somebody else."""
    first = await node.talk().joins("Ann")
    assert (await node.talk().joins("Anna", token=first["token"]))["you"]["id"] == first["you"]["id"]
    assert (await node.talk().joins("Bob"))["you"]["id"] != first["you"]["id"]


async def test_joining_talking_and_staying_are_activity_and_nothing_else_is(node: Node) -> None:
    """Not even what is refused."""
    ann = node.talk()
    ann.says("ping")
    ann.says("post", id="a", text="too early")
    assert node.active == 0
    await ann.joins("Ann")
    assert node.active == 1
    for command in ({"type_": "ping"}, {"type_": "typing"}, {"type_": "people"}, {"type_": "history", "before": 1}):
        ann.says(**command)  # type: ignore[arg-type]
    ann.says("post", id="a", text=" ")
    assert node.active == 1
    ann.says("post", id="a", text="x")
    ann.says("stay")
    assert node.active == 3


async def test_an_ack_comes_when_the_post_is_stored(node: Node) -> None:
    """And those who are in the room hear it, the poster too."""
    ann = node.talk()
    await ann.joins("Ann")
    ann.says("post", id="a", text=" x ")
    assert (await ann.gets("ack")) == {"type": "ack", "id": "a", "seq": 1}
    assert (await ann.gets("message"))["text"] == "x"


async def test_typing_is_passed_on_once_in_a_while(node: Node) -> None:
    """However many keys are pressed."""
    ann, bob = node.talk(), node.talk()
    await ann.joins("Ann")
    await bob.joins("Bob")
    for _ in range(20):
        ann.says("typing")
    typing = await bob.gets("typing")
    assert [person["name"] for person in typing["people"]] == ["Ann"]


async def test_while_redis_is_away_whoever_joins_is_told(node: Node) -> None:
    """`degraded` comes before anything else."""
    node.is_up = False
    ann = node.talk()
    await ann.joins("Ann")
    assert ann.socket.events[0] == {"type": "notice", "code": "degraded"}


async def test_a_session_that_ends_leaves_the_room(node: Node) -> None:
    """It gets nothing more, and what it posted last is stored all the same."""
    ann, bob = node.talk(), node.talk()
    await ann.joins("Ann")
    await bob.joins("Bob")
    bob.says("post", id="b", text="my last words")
    bob.session.closed()
    bob.session.closed()
    told = len(bob.socket.events)
    assert (await ann.gets("message"))["text"] == "my last words"
    assert len(bob.socket.events) == told
    assert node.rooms.session_count == 1


async def test_a_session_that_ends_while_it_joins_was_never_there(node: Node) -> None:
    """The answer of Redis comes too late."""
    ann = node.talk()
    ann.says("hello", name="Ann")
    await asyncio.sleep(0)
    ann.session.closed()
    await until(lambda: node.presence._room("chat").busy is None)
    assert node.rooms.session_count == 0
    assert node.presence.roster("chat").here["Ann"] == 0
    assert not node.rooms.hub.audience("chat")


async def test_a_session_that_ends_at_the_door_is_not_let_in(node: Node) -> None:
    """While Redis is away many come and go; none of them stays in the queue."""
    ann = node.talk()
    ann.says("hello", name="Ann")
    ann.session.closed()
    assert not node.presence._room("chat").entering
    await until(lambda: node.presence._room("chat").busy is None)
    assert not node.presence.roster("chat").people


async def test_a_room_that_is_used_again_while_others_are_let_go_of_stays(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To let go of one takes a moment, in which somebody may come into the next."""
    for room in ("a", "b"):
        somebody = node.talk()
        await somebody.joins("Ann", room=room)
        somebody.session.closed()
    forget = node.broker.forget

    async def slowly(room: str) -> None:
        if room == "a":
            node.rooms.use("b")
        await forget(room)

    monkeypatch.setattr(node.broker, "forget", slowly)
    await node.rooms.let_go_of_unused()
    assert [feed.room for feed in node.broker.feeds] == ["b"]


async def test_a_room_that_nobody_uses_any_more_is_let_go(node: Node) -> None:
    """And found again with everything in it."""
    ann = node.talk()
    await ann.joins("Ann", room="team")
    ann.says("post", id="a", text="x")
    await ann.gets("ack")
    await node.rooms.let_go_of_unused()
    assert [feed.room for feed in node.broker.feeds] == ["team"], "it is used"
    ann.session.closed()
    await node.rooms.let_go_of_unused()
    assert list(node.broker.feeds) == []
    welcome = await node.talk().joins("Bob", room="team")
    assert [message["text"] for message in welcome["messages"]] == ["x"]


async def test_people_can_be_searched(node: Node) -> None:
    """By a part of the name."""
    ann = node.talk()
    await ann.joins("Анна")
    await node.talk().joins("Борис")
    ann.says("people", ref="r", query="бор")
    page = await ann.gets("people")
    assert (page["ref"], page["count"], page["people"][0]["name"]) == ("r", 1, "Борис")


@pytest.mark.parametrize("frame", [b"", b"\xff", b"[]", b'{"type":"ping"', b'{"type":5}', b"{" * 9999])
async def test_no_frame_raises(node: Node, frame: bytes) -> None:
    """Whatever it is, it is answered."""
    ann = node.talk()
    ann.session.receive(frame)
    assert len(ann.socket.got("error")) == 1
    assert ann.socket.code is None
