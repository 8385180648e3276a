"""Limits of programs that read over HTTP: connections, requests, memory; and the end of the server."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys

import pytest
from redis.asyncio import Redis

from wschat.errors import CloseCode
from wschat.limits import Rate
from wschat.protocol import Hello
from wschat.session import AddressLimits
from wschat.session.limits import address_share
from wschat.web import observer_handlers
from wschat.web.writer import OUTBOX_MAX

from ...support import Nodes
from ...support.moderation import HOME, at_the_door
from ...support.room import until
from ...support.server import ROOT
from .reading import Follower, reads


async def test_streams_count_for_their_address_like_websockets(nodes: Nodes) -> None:
    """Together with these: no address has more places by another door."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",), sockets_per_address=2)
    ann = await at_the_door(nodes, "Ann")
    await ann.gets("welcome")
    follower = await Follower(nodes, X_Forwarded_For=HOME).opens()
    await follower.gets("online")
    reply = await reads(nodes, "/r/chat/events", X_Forwarded_For=HOME)
    assert (reply.status, reply.body["code"], reply.headers["Retry-After"]) == (503, "busy", "5")
    assert "too many connections from one address" in reply.body["detail"].lower()
    with pytest.raises(Exception, match="503"):
        await at_the_door(nodes, "Bob")
    assert nodes.nodes[0].session_count() == 2  # one that is refused isn't in the room
    follower.close()
    await until(lambda: nodes.nodes[0].edge.event_stream_count == 0)
    await (await at_the_door(nodes, "Bob")).gets("welcome")


async def test_a_full_server_takes_no_streams(nodes: Nodes) -> None:
    """The places are those of WebSockets, and counted in the metrics."""
    await nodes.start(1, sockets=1)
    async with Follower(nodes) as follower:
        await follower.gets("online")
        reply = await reads(nodes, "/r/chat/events")
        assert (reply.status, reply.body["code"]) == (503, "busy")
        snapshot = nodes.nodes[0].snapshot()
        assert (snapshot.event_streams, snapshot.connections, snapshot.rejected["full"]) == (1, 0, 1)
        assert (await reads(nodes)).status == 200  # a page needs no place


async def test_too_many_requests_of_an_address_are_told_when_to_come_back(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as it may send a `hello`. Others go on."""
    monkeypatch.setattr(AddressLimits, "of", lambda *_: AddressLimits(Rate(100, 100)))
    monkeypatch.setitem(address_share.COMMANDS, Hello, Rate(0.1, 3))
    await nodes.start(1, trusted_proxy=("127.0.0.1",), post_rate=5.0)
    statuses = [(await reads(nodes, X_Forwarded_For=HOME)).status for _ in range(3)]
    assert statuses == [200] * 3
    for path in ("/r/chat/messages", "/r/chat/events"):
        reply = await reads(nodes, path, X_Forwarded_For=HOME)
        assert (reply.status, reply.body["code"]) == (429, "rate_limited")
        assert 1 <= int(reply.headers["Retry-After"]) <= 10
    assert (await reads(nodes, X_Forwarded_For="203.0.113.99")).status == 200


async def test_a_program_that_does_not_read_is_dropped(node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    """At the bound of a WebSocket; others get everything meanwhile, and its memory is free again."""
    caplog.set_level(logging.INFO)
    (ann,) = await node.join("Ann")
    slow = await Follower(node).opens(limit=1 << 12)
    edge, most = node.nodes[0].edge, 0
    async with Follower(node) as quick:
        await quick.gets("online")
        for number in range(2000):
            await ann.posts_many([f"{number} " + "ы" * 3900 for _ in range(10)])
            most = max(most, edge.outbox_bytes)
            if edge.event_stream_count < 2:
                break
            for _ in range(10):
                await quick.gets("message")
        assert edge.event_stream_count == 1
        await ann.posts("end")
        await quick.hears("end")
    assert OUTBOX_MAX // 2 < most <= OUTBOX_MAX
    assert edge.outbox_bytes == 0
    assert "Closed a connection: slow consumer" in caplog.messages
    slow.close()


async def test_a_program_that_sends_something_is_dropped(node: Nodes) -> None:
    """It has nothing to say on this connection, and nothing of it is kept."""
    follower = await Follower(node).opens()
    await follower.gets("online")
    follower.writer.write(b"x")
    await follower.ends()
    follower.close()
    await until(lambda: node.nodes[0].edge.event_stream_count == 0)


async def test_streams_end_with_the_server(two_nodes: Nodes) -> None:
    """With everything that was sent before; a program goes on at the other server."""
    (ann,) = await two_nodes.join("Ann")
    follower = await Follower(two_nodes, 1).opens()
    await follower.gets("online")
    await ann.posts("one")
    await follower.hears("one")
    stopping = two_nodes.nodes.pop()
    stopping.end(CloseCode.RESTARTING, 0.2)
    await asyncio.gather(stopping.until_end(), follower.ends())
    follower.close()
    assert stopping.edge.event_stream_count == 0
    await ann.posts("two")
    async with Follower(two_nodes, 0, after=follower.id) as other:
        event = await other.gets("message")
        assert event.data["text"] == "two"


async def test_a_request_is_refused_while_redis_is_away(
    nodes: Nodes, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, with a time to come back; and within seconds if Redis answers to nothing."""
    monkeypatch.setattr(observer_handlers, "TIMEOUT", 0.3)
    await nodes.start(1)
    node = nodes.nodes[0]
    await reads(nodes)
    await redis.client_pause(3000)
    for path in ("/r/chat/messages", "/r/chat/events"):
        reply = await reads(nodes, path)
        assert (reply.status, reply.body["code"], reply.headers["Retry-After"]) == (503, "unavailable", "5")
    await redis.client_unpause()
    assert node.session_count() == 0


async def test_opening_a_stream_is_activity(nodes: Nodes) -> None:
    """For the idle clock, as somebody who joins; so is what it delivers, but not that it stays open."""
    active: list[None] = []
    nodes.activity = lambda: active.append(None)
    await nodes.start(1)
    await reads(nodes)
    assert not active
    async with Follower(nodes) as follower:
        await follower.gets("online")
        assert len(active) == 1
        await asyncio.sleep(0.2)
        assert len(active) == 1


def test_a_server_loads_it_with_the_first_request() -> None:
    """It starts as fast as it did."""
    unused = "{'wschat.session.observation', 'wschat.web.event_stream', 'wschat.web.event_format'}"
    code = f"import sys, wschat.app.node, wschat.app.start; print({unused} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "set()\n"
