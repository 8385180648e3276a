"""`GET /r/ROOM/events`: what happens in a room, as server-sent events."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from redis.asyncio import Redis

from wschat.broker import store_post
from wschat.errors import CloseCode
from wschat.model import Person
from wschat.web import event_streams

from ...support import Nodes, join
from ...support.certificates import certificate
from ...support.moderation import act, moderator
from ...support.room import until
from .reading import Follower, reads


async def test_messages_and_changes_come_as_they_happen(node: Nodes) -> None:
    """Each with its position as its id; the number of people online comes first, and with each change."""
    (ann,) = await node.join("Ann")
    async with Follower(node) as follower:
        assert follower.status == 200
        assert follower.headers["content-type"] == "text/event-stream"
        assert (follower.headers["cache-control"], follower.headers["x-accel-buffering"]) == ("no-store", "no")
        assert (await follower.gets("online")).data["count"] == 1
        assert 2000 <= follower.retry <= 5000
        seq, epoch = await ann.posts("one\nmore"), ann.welcome["epoch"]
        event = await follower.next()
        assert event is not None
        assert (event.type, event.id, event.data["text"]) == ("message", f"{epoch}-{seq}", "one\nmore")
        await ann.asks("edit", seq=seq, text="two")
        event = await follower.next()
        assert event is not None
        assert (event.type, event.id) == ("amended", f"{epoch}-{seq + 1}")
        assert (event.data["message"]["text"], event.data["message"]["seq"]) == ("two", seq)
        await node.join("Bob")
        assert (await follower.gets("online")).data["count"] == 2


async def test_a_program_knows_its_place_before_anything_happens(node: Nodes) -> None:
    """So nothing is lost if its first connection breaks in a silent room."""
    (ann,) = await node.join("Ann")
    for after in ("", f"{ann.welcome['epoch']}-1"):
        async with Follower(node, after=after) as follower:
            await follower.gets("online")
            assert follower.id == (after or f"{ann.welcome['epoch']}-0")
        await ann.posts("one")


async def test_people_never_meet_those_who_only_read(node: Nodes) -> None:
    """A program that follows the room isn't in the list, and gets neither what concerns people nor who is typing."""
    async with Follower(node) as follower:
        await follower.gets("online")
        mia = await moderator(node)
        assert mia.welcome["online"]["count"] == 1
        await mia.send("typing")
        await mia.gets("typing")
        await act(mia, "topic", text="x")
        await mia.posts("end")
        kinds = []
        while (event := await follower.next()) is not None:
            kinds.append(event.type)
            if event.type == "message":
                break
        assert set(kinds) == {"online", "message"}


async def test_nothing_is_lost_or_doubled_over_reconnections(two_nodes: Nodes) -> None:
    """A program comes back again and again, to either server, with the id of its last event, while people write."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    async with Follower(two_nodes) as first:
        await first.gets("online")
        place = first.id
    writing = asyncio.gather(ann.posts_many(f"a{n}" for n in range(300)), bob.posts_many(f"b{n}" for n in range(300)))
    heard = list[str]()
    for turn in range(600):
        header, after = ({"Last_Event_ID": place}, "") if turn % 2 else ({}, place)  # the header and the query
        async with Follower(two_nodes, turn % 2, after=after, **header) as follower:
            until_count = min(600, len(heard) + 1 + turn % 7 * 5)
            while len(heard) < until_count:
                heard.append((await follower.gets("message")).data["text"])
                place = follower.id
        if len(heard) == 600:
            break
    await writing
    assert turn > 20
    assert heard == await _all_texts(two_nodes)
    assert len(set(heard)) == 600


async def _all_texts(nodes: Nodes) -> list[str]:
    found, before = list[str](), ""
    while (page := await reads(nodes, f"/r/chat/messages?limit=200{before}")).texts:
        found = page.texts + found
        before = f"&before={page.body['messages'][0]['seq']}"
    return found


async def test_a_long_absence_is_made_up_for(node: Nodes) -> None:
    """More than a node has in memory comes from Redis, in order, and then what is new."""
    (ann,) = await node.join("Ann")
    await ann.posts_many(f"m{n}" for n in range(700))
    async with Follower(node, after=f"{ann.welcome['epoch']}-100") as follower:
        texts = [(await follower.gets("message")).data["text"] for _ in range(600)]
        assert texts == [f"m{n}" for n in range(100, 700)]
        await ann.posts("new")
        await follower.hears("new")


async def test_a_place_that_is_gone_is_a_reset(node: Nodes) -> None:
    """Of another epoch, or beyond the end: the newest messages come, and the program goes on from there."""
    (ann,) = await node.join("Ann")
    await ann.posts_many(f"m{n}" for n in range(60))
    epoch = ann.welcome["epoch"]
    for count, place in enumerate(("gone-5", f"{epoch}-999"), 60):
        async with Follower(node, after=place) as follower:
            event = await follower.next()
            assert event is not None
            assert (event.type, event.id, len(event.data["messages"])) == ("reset", f"{epoch}-{count}", 50)
            await ann.posts(f"after {place}")
            await follower.hears(f"after {place}")


async def test_a_place_that_is_no_longer_kept_is_a_reset(nodes: Nodes) -> None:
    """Of the events since then, Redis has only the last ones."""
    await nodes.start(1, history_kept=200)
    (ann,) = await nodes.join("Ann")
    await ann.posts_many(f"m{n}" for n in range(600))
    async with Follower(nodes, after=f"{ann.welcome['epoch']}-1") as follower:
        reset = await follower.gets("reset")
        assert [message["text"] for message in reset.data["messages"]] == [f"m{n}" for n in range(550, 600)]


async def test_a_room_that_is_cleared_is_a_reset(node: Nodes) -> None:
    """For those who are connected, and for those who come back later."""
    mia = await moderator(node)
    await mia.posts("before")
    async with Follower(node) as follower:
        await follower.gets("online")
        place = follower.id
        await act(mia, "clear")
        reset = await follower.gets("reset")
        assert (reset.data["messages"], reset.data["cleared"]) == ([], True)
        assert reset.id == f"{reset.data['epoch']}-{reset.data['seq']}" != place
        await mia.posts("after")
        await follower.hears("after")
    async with Follower(node, Last_Event_ID=place) as follower:
        reset = await follower.gets("reset")
        assert [message["text"] for message in reset.data["messages"]] == ["after"]


async def test_a_place_that_is_none_is_refused(node: Nodes) -> None:
    """With a sentence, instead of a stream that begins elsewhere."""
    for place in ("5", "epoch-", "-1", f"e-{2**53 + 1}", "a b-1", f"{'e' * 65}-1"):
        reply = await reads(node, "/r/chat/events", Last_Event_ID=place)
        assert (reply.status, reply.body["code"]) == (400, "bad_field"), place


async def test_comments_keep_a_silent_connection(node: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies close those on which nothing comes for a minute."""
    monkeypatch.setattr(event_streams, "KEEP_ALIVE_EVERY", 0.15)
    async with Follower(node) as follower:
        await follower.gets("online")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(follower._next(), 1.0)
        assert 4 <= follower.comments <= 7


async def test_each_version_of_http_gets_events(node: Nodes) -> None:
    """Even 1.0, which nginx speaks by default; the connection ends with the answer in each."""
    (ann,) = await node.join("Ann")
    follower = await Follower(node).opens("1.0")
    assert follower.headers["connection"] == "close"
    await follower.gets("online")
    await ann.posts("one")
    await follower.hears("one")
    follower.close()


async def test_head_opens_no_stream(node: Nodes) -> None:
    """It only tells what GET would answer."""
    edge = node.nodes[0].edge
    reply = await reads(node, "/r/chat/events", "HEAD")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/event-stream")
    assert edge.event_stream_count == 0
    assert node.nodes[0].session_count() == 0


async def test_a_reader_that_goes_leaves_nothing(node: Nodes) -> None:
    """Its room is forgotten like one that people have left."""
    async with Follower(node) as follower:
        await follower.gets("online")
        assert (node.nodes[0].edge.event_stream_count, node.nodes[0].session_count()) == (1, 1)
        assert len(node.nodes[0].edge.http_connections) == 0  # whose time is limited
    await until(lambda: node.nodes[0].edge.event_stream_count == 0)
    assert node.nodes[0].session_count() == 0
    (room,) = node.nodes[0].rooms
    assert (len(room.audience), len(room.observers)) == (0, 0)


async def test_a_room_that_is_only_read_is_followed(two_nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server forgets rooms without people, but not while a program is there."""
    async with Follower(two_nodes) as follower:
        await follower.gets("online")
        rooms = two_nodes.nodes[0].rooms
        monkeypatch.setattr(rooms, "_linger", 0.0)
        await rooms.forget_unused()
        ann = await join(two_nodes.ws(1), "Ann")
        await ann.posts("still here?")
        await follower.hears("still here?")
    await until(lambda: two_nodes.nodes[0].session_count() == 0)
    await rooms.forget_unused()
    assert len(rooms) == 0


async def test_messages_from_outside_have_no_id(node: Nodes, redis: Redis) -> None:
    """They are in no log: the place stays where it was."""
    async with Follower(node) as follower:
        await follower.gets("online")
        place = follower.id
        await redis.publish("chat", "from a script")
        event = await follower.hears("from a script")
        assert (event.id, event.data["outside"]) == (place, True)


async def test_a_foreign_entry_with_line_breaks_is_one_event(node: Nodes, redis: Redis) -> None:
    """A program that writes into the log by itself may indent its JSON."""
    (ann,) = await node.join("Ann")
    await ann.posts("one")
    epoch = ann.welcome["epoch"]
    form = f'{{"type":"message","seq":2,"epoch":"{epoch}","room":"chat","id":"x",\r\n"from":{{"id":"p","name":"P"}},\n'
    form += '"text":"two","time":"2026-11-23T12:00:00.000Z"}'
    async with Follower(node) as follower:
        await follower.gets("online")
        await redis.publish("chat", form)
        event = await follower.gets("message")
        assert (event.data["text"], event.id) == ("two", f"{epoch}-2")


async def test_events_come_over_tls(nodes: Nodes, tmp_path: Path) -> None:
    """On a connection whose bytes Tornado encrypts, also many at once."""
    cert, key = certificate(tmp_path)
    await nodes.start(1, tls_cert=cert, tls_key=key)
    texts = [f"{number} " + "ы" * 3000 for number in range(40)]
    posts = [
        store_post(nodes.nodes[0].publisher, "chat", Person("a", "Ann"), f"p{number}", text, share=1.0)
        for number, text in enumerate(texts)
    ]
    follower = await Follower(nodes).opens(tls=ssl.create_default_context(cafile=cert))
    await follower.gets("online")
    await asyncio.gather(*posts)
    assert [(await follower.gets("message")).data["text"] for _ in texts] == texts
    nodes.nodes[0].end(CloseCode.RESTARTING, 0.0)
    await asyncio.gather(nodes.nodes.pop().until_end(), follower.ends())
    follower.close()
