"""A conversation without a wire: commands in, events out, over a real Redis but no socket."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis.asyncio import Redis

from wschat.fan_out import text_frame
from wschat.protocol import Notice, NoticeCode, encode

from ..support.room import until
from .conversation import Node


async def test_hello_is_answered_by_a_welcome(session_node: Node) -> None:
    """With what the node says to everyone."""
    welcome = await session_node.connect().joins("Ann")
    assert (welcome["text"], welcome["version"], welcome["you"]["name"]) == ("hi", "v", "Ann")


async def test_the_same_token_is_the_same_person(session_node: Node) -> None:
    """Under a new name, too; without one it is somebody else."""
    first = await session_node.connect().joins("Ann")
    assert (await session_node.connect().joins("Anna", token=first["token"]))["you"]["id"] == first["you"]["id"]
    assert (await session_node.connect().joins("Bob"))["you"]["id"] != first["you"]["id"]


async def test_joining_talking_and_staying_are_activity_and_nothing_else_is(session_node: Node) -> None:
    """Not even what is refused."""
    ann = session_node.connect()
    ann.says("ping")
    ann.says("post", id="a", text="too early")
    assert session_node.active == 0
    await ann.joins("Ann")
    assert session_node.active == 1
    for command in ({"type_": "ping"}, {"type_": "typing"}, {"type_": "people"}, {"type_": "history", "before": 1}):
        ann.says(**command)
    ann.says("post", id="a", text=" ")
    assert session_node.active == 1
    ann.says("post", id="a", text="x")
    ann.says("stay")
    assert session_node.active == 3


async def test_an_ack_comes_when_the_post_is_stored(session_node: Node) -> None:
    """And those who are in the room hear it, the poster too."""
    ann = session_node.connect()
    await ann.joins("Ann")
    ann.says("post", id="a", text="\n x ")
    assert (await ann.gets("ack")) == {"type": "ack", "id": "a", "seq": 1}
    assert (await ann.gets("message"))["text"] == " x"


async def test_typing_is_passed_on_once_in_a_while(session_node: Node) -> None:
    """However many keys are pressed."""
    ann, bob = session_node.connect(), session_node.connect()
    await ann.joins("Ann")
    await bob.joins("Bob")
    for _ in range(20):
        ann.says("typing")
    typing = await bob.gets("typing")
    assert [person["name"] for person in typing["people"]] == ["Ann"]


async def test_while_redis_is_away_whoever_joins_is_told(session_node: Node) -> None:
    """`degraded` comes before anything else."""
    session_node.is_up = False
    ann = session_node.connect()
    await ann.joins("Ann")
    assert ann.transport.events[0] == {"type": "notice", "code": "degraded"}


async def test_a_notice_reaches_whoever_is_still_joining(session_node: Node) -> None:
    """A client that waits for its name, or for what it missed, isn't in the audience yet, and is told all the same."""
    waiting, behind = session_node.connect(), session_node.connect()
    await behind.joins("Bob")
    room = session_node.rooms.open("chat")
    room.audience.remove(behind.transport)  # as while it catches up
    waiting.says("hello", name="Ann")
    session_node.rooms.broadcast(text_frame(encode(Notice(NoticeCode.DRAINING))))
    told = {"type": "notice", "code": "draining"}
    assert waiting.transport.events == [told]
    assert behind.transport.events.count(told) == 1
    await waiting.gets("welcome")
    session_node.rooms.broadcast(text_frame(encode(Notice(NoticeCode.RESTORED))))
    await until(lambda: len(waiting.transport.got("notice")) > 1)
    assert [notice["code"] for notice in waiting.transport.got("notice")] == ["draining", "restored"]


async def test_a_session_that_ends_leaves_the_room(session_node: Node) -> None:
    """It gets nothing more, and what it posted last is stored all the same."""
    ann, bob = session_node.connect(), session_node.connect()
    await ann.joins("Ann")
    await bob.joins("Bob")
    bob.says("post", id="b", text="my last words")
    bob.session.closed()
    bob.session.closed()
    told = len(bob.transport.events)
    assert (await ann.gets("message"))["text"] == "my last words"
    assert len(bob.transport.events) == told
    assert session_node.rooms.session_count == 1


async def test_a_session_that_ends_while_it_joins_was_never_there(session_node: Node) -> None:
    """Redis answers after the session has gone."""
    ann = session_node.connect()
    ann.says("hello", name="Ann")
    await asyncio.sleep(0)
    ann.session.closed()
    assert session_node.rooms.session_count == 0
    await until(lambda: session_node.presence.is_idle)
    assert session_node.rooms.session_count == 0
    assert not session_node.presence.roster.local_sessions
    assert not session_node.room.audience


async def test_a_session_that_ends_before_redis_is_asked_is_not_let_in(session_node: Node) -> None:
    """While Redis is unreachable many come and go; none of them stays in the queue."""
    ann = session_node.connect()
    ann.says("hello", name="Ann")
    ann.session.closed()
    assert not session_node.presence.entering()
    await until(lambda: session_node.presence.is_idle)
    assert not session_node.presence.roster.people


async def test_a_refused_name_leaves_the_session_free_to_try_another(session_node: Node) -> None:
    """It isn't in the room meanwhile; the time to choose begins with Redis's answer, however late that comes."""
    await session_node.connect().joins("Ann")
    bob = session_node.connect()
    bob.says("hello", name="ann")
    said_at = time.monotonic()
    refused = await bob.gets("error")
    assert (refused["code"], session_node.rooms.session_count) == ("name_taken", 1)
    assert not bob.session.said_hello
    assert bob.session.refused_at is not None
    assert bob.session.refused_at > said_at
    await bob.joins(refused["suggestion"])
    assert session_node.rooms.session_count == 2


async def test_people_can_be_searched(session_node: Node) -> None:
    """By a part of the name."""
    ann = session_node.connect()
    await ann.joins("Анна")
    await session_node.connect().joins("Борис")
    ann.says("people", ref="r", query="бор")
    page = await ann.gets("people")
    assert (page["ref"], page["count"], page["people"][0]["name"]) == ("r", 1, "Борис")


@pytest.mark.parametrize("frame", [b"", b"\xff", b"[]", b'{"type":"ping"', b'{"type":5}', b"{" * 9999])
async def test_no_frame_raises(session_node: Node, frame: bytes) -> None:
    """Whatever it is, it is answered."""
    ann = session_node.connect()
    ann.session.receive(frame)
    assert len(ann.transport.got("error")) == 1
    assert ann.transport.code is None


async def test_commands_before_welcome_are_refused(session_node: Node, redis: Redis) -> None:
    """The name is leased, but the log can't be read: nothing is answered as if the room were empty."""
    await redis.set("{chat:broken}:log", "no stream")
    ann = session_node.connect()
    ann.says("hello", name="Ann", room="broken")
    await until(lambda: session_node.rooms.open("broken").presence.roster.people)
    for command in ({"type_": "history", "before": 1}, {"type_": "people"}, {"type_": "post", "id": "a", "text": "x"}):
        ann.says(**command)
    assert [event["code"] for event in ann.transport.got("error")] == ["hello_first"] * 3
    await until(lambda: len(ann.transport.got("error")) == 4)
    assert ann.transport.got("error")[-1]["code"] == "unavailable"
    assert session_node.rooms.session_count == 0


async def test_a_resume_is_answered_where_redis_rejects_the_log(session_node: Node, redis: Redis) -> None:
    """The room was loaded before its log broke: a claim of a newer position gets `unavailable`, not nothing."""
    ann = session_node.connect()
    welcome = await ann.joins("Ann")
    ann.says("post", id="a", text="x")
    await ann.gets("ack")
    await redis.set("{chat}:log", "no stream")
    await redis.hset("{chat}:meta", "seq", 7)
    bob = session_node.connect()
    bob.says("hello", name="Bob", resume={"epoch": welcome["epoch"], "seq": 6})
    await until(lambda: bob.transport.got("error"))
    assert bob.transport.got("error")[-1]["code"] == "unavailable"


async def test_who_has_not_caught_up_means_numbers_of_the_welcome(session_node: Node, redis: Redis) -> None:
    """The log is lost while a client still gets what it missed; until `reset` comes, its numbers are the old ones."""
    await session_node.fill(80, size=4000)
    ann = session_node.connect()
    has_room = asyncio.Event()
    ann.transport.drained = has_room.wait  # type: ignore[method-assign,assignment]
    welcome = await ann.joins("Ann", resume={"epoch": session_node.feed.log.epoch, "seq": 0})
    assert welcome["seq"] < welcome["head"]
    await redis.flushdb()
    session_node.feed.on_publish(None)
    await until(lambda: session_node.feed.log.epoch != welcome["epoch"])
    await session_node.fill(3)
    ann.says("react", ref="early", seq=2, emoji="👍")
    assert (await ann.gets("error"))["code"] == "gone"
    has_room.set()
    await ann.gets("reset")
    ann.says("react", ref="late", seq=2, emoji="👍")
    assert (await ann.gets("done"))["ref"] == "late"


async def test_a_mute_that_a_client_knows_is_not_told_again(session_node: Node) -> None:
    """Redis may say of one who came muted what their welcome said; another end is another mute."""
    ann = session_node.connect()
    await ann.joins("Ann")
    for seconds in (None, 600.0, 599.9, 60.0, 0.0, 0.0, None, None, 600.0):
        ann.session.on_muted(seconds)
    assert [event["seconds"] for event in ann.transport.got("muted")] == [600.0, 60.0, 0.0, None, 600.0]


async def test_a_session_that_cannot_be_let_in_ends(session_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its welcome fails: nothing else would ever come, and the name stays nobody's."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    ann = session_node.connect()
    with monkeypatch.context() as broken:
        broken.setattr("wschat.session.session.Join", fail)
        ann.says("hello", name="Ann")
        await until(lambda: ann.transport.code == 1011)
    ann.session.closed()
    assert session_node.rooms.session_count == 0
    assert (await session_node.connect().joins("Bob"))["type"] == "welcome"
