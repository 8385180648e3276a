"""When Redis serves a room again, its people are told, whatever brought that about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from redis.asyncio import Redis

from wschat.broker.log.room_log import Fetched
from wschat.config.redis_url import Address
from wschat.errors import RedisRejected
from wschat.model import Person
from wschat.redis_link.keys import SLOTS
from wschat.redis_link.routed import RoutedLink
from wschat.redis_link.topology import Layout

from ..support import Nodes
from ..support.client import PATIENCE
from ..support.room import LocalNode, until

A, B = Address("a", 1), Address("b", 2)


@dataclass
class TwoPrimaries:
    """The topology of a cluster of two primaries, which are one server, and its URL."""

    address: str
    layout: Layout = field(default_factory=lambda: {A: [range(SLOTS // 2)], B: [range(SLOTS // 2, SLOTS)]})
    publish = "PUBLISH"
    database = 0

    @property
    def url(self) -> TwoPrimaries:
        return self

    def url_of(self, address: Address) -> str:
        return self.address

    async def find(self) -> Layout:
        return self.layout

    def start(self, on_change: Callable[[], None], on_failover: Callable[[Address], None]) -> None:
        """The next refresh tells."""

    async def stop(self) -> None:
        """Nothing has begun."""


async def test_a_room_whose_slots_go_to_a_primary_that_is_up_is_told(redis: Redis, redis_server: str) -> None:
    """Its own primary died without a replica, and somebody repairs the cluster; no link comes up then."""
    topology = TwoPrimaries(redis_server)
    link = RoutedLink(topology)  # type: ignore[arg-type]
    await link.start()
    node = await LocalNode(link).start()
    try:
        ann = await node.enter(Person("ann", "Ann"))

        def codes() -> list[str]:
            return [event["code"] for event in ann.member.events if event["type"] == "notice"]

        lost = link._primaries.owner("chat")
        former = link._primaries.get(lost)
        assert former
        await former._subscriber.stop()
        former._up.clear()
        node.rooms.tell_degraded()
        assert node.room.is_degraded
        topology.layout = {A if lost == B else B: [range(SLOTS)]}
        link._primaries.refresh_soon()
        await until(lambda: codes()[1:])  # the room has just been told otherwise: the audience may pause before this
        assert codes() == ["degraded", "restored"]
        assert node.link.serves(node.room.keys)
        node.post("p1", "on")
        await until(lambda: node.sender.acks)
    finally:
        await node.stop()
        await link.stop()


async def test_nobody_waits_for_the_primary_of_the_token_key(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may still be away, without that being known: that holds up only its own rooms."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    node = nodes.nodes[0]

    async def hangs() -> None:
        await asyncio.sleep(2 * PATIENCE)

    monkeypatch.setattr(node.shared_key, "check", hangs)
    with monkeypatch.context() as away:
        away.setattr(type(node.link), "serves", lambda *_: False)
        node._redis_changed(False)
        await ann.gets("notice", code="degraded")
    node._redis_changed(True)
    await ann.gets("notice", code="restored")


async def test_a_room_that_is_still_being_read_is_told_when_it_is_in_sync(
    room_node: LocalNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis is back, but rejects what reads this room: "restored" would promise messages that haven't come."""
    ann = await room_node.enter(Person("ann", "Ann"))
    room, log = room_node.room, room_node.feed.log

    def notices() -> list[str]:
        return [event["code"] for event in ann.member.events if event["type"] == "notice"]

    async def rejects(_: int) -> Fetched:
        raise RedisRejected("WRONGTYPE")

    monkeypatch.setattr("wschat.concurrency.sync.REJECTED_RETRY", 0.01)
    with monkeypatch.context() as broken:
        broken.setattr(log, "fetch_position", rejects)
        room.note_degraded()
        room.feed.on_publish(None)
        room_node.rooms.tell_restored()
        await asyncio.sleep(0.05)
        assert room.is_degraded
        assert not notices()
    await until(notices)
    assert notices() == ["restored"]
