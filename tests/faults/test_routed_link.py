"""A link to all primaries of a cluster: calls and channels follow their slots, and a lost primary delays no other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.crc import key_slot

from wschat.errors import RedisUnavailable
from wschat.redis_link import Call, RedisLink, RedisSource, routed

from ..support import Nodes
from ..support.engines import Cluster, ask_cluster, id_of
from ..support.redis_server import RedisServer
from ..support.room import until


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Two primaries without replicas."""
    cluster = Cluster(tmp_path / "cluster", primaries=2, replicas=0)
    try:
        yield await asyncio.to_thread(cluster.start)
    finally:
        cluster.stop()


@pytest.fixture
async def link(cluster: Cluster) -> AsyncIterator[RedisLink]:
    """A link to both."""
    link = RedisSource(cluster.url, "a cluster").open_link()
    await link.start()
    yield link
    await link.stop()


def other(cluster: Cluster, server: RedisServer) -> RedisServer:
    return next(one for one in cluster.servers if one is not server)


def keys_on_each(cluster: Cluster) -> tuple[str, str]:
    """A key of the main room's primary, and one of the other."""
    slots = cluster.slots_of(other(cluster, cluster.owner()))
    return "chat", next(f"key{number}" for number in range(1000) if key_slot(f"key{number}".encode()) in slots)


async def test_calls_to_several_primaries_are_answered_in_their_order(cluster: Cluster, link: RedisLink) -> None:
    """A pipeline is split by slot, and its replies come back as if there were one server."""
    here, there = keys_on_each(cluster)
    calls = [Call.command("SET", key, f"{key} {number}") for number in range(3) for key in (here, there)]
    assert [reply.result() for reply in await link.pipeline(calls)] == [b"OK"] * 6
    found = await link.pipeline([Call.command("GET", there), Call.command("GET", here)])
    assert [reply.result() for reply in found] == [f"{there} 2".encode(), f"{here} 2".encode()]


async def test_a_call_follows_a_slot_that_has_moved(cluster: Cluster, link: RedisLink) -> None:
    """MOVED makes the link look for the new primary, and nobody notices."""
    await link.execute(Call.command("SET", "chat", "x"))
    await asyncio.to_thread(cluster.move_key_by_key, "chat", other(cluster, cluster.owner()))
    assert await link.execute(Call.command("GET", "chat")) == b"x"


async def test_a_call_follows_a_key_whose_slot_is_just_moving(cluster: Cluster, link: RedisLink) -> None:
    """ASK names the primary that has the key already; the slot stays where it is."""
    source = cluster.owner()
    target, slot = other(cluster, source), key_slot(b"chat")
    await link.execute(Call.command("SET", "chat", "x"))
    ask_cluster(target, "SETSLOT", slot, "IMPORTING", id_of(source))
    ask_cluster(source, "SETSLOT", slot, "MIGRATING", id_of(target))
    source.client.execute_command("MIGRATE", "127.0.0.1", target.port, "chat", 0, 5000)
    assert await link.execute(Call.command("GET", "chat")) == b"x"


async def test_the_log_says_once_that_a_move_of_a_slot_hangs(
    cluster: Cluster, link: RedisLink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody interrupted it: the room's calls wait for it for ever, and its people see no more than a clock."""
    monkeypatch.setattr(routed, "MOVING", 0.3)
    source = cluster.owner()
    target, slot = other(cluster, source), key_slot(b"chat")
    await link.execute(Call.command("SET", "{chat}:a", "x"))
    ask_cluster(target, "SETSLOT", slot, "IMPORTING", id_of(source))
    ask_cluster(source, "SETSLOT", slot, "MIGRATING", id_of(target))

    async def wait(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with pytest.raises(RedisUnavailable):
                await link.execute(Call.command("MGET", "{chat}:a", "{chat}:not there"))
            await asyncio.sleep(0.05)

    await wait(0.2)
    assert not caplog.records
    await wait(0.6)
    (record,) = caplog.records
    assert record.message == "A slot has been moving for 0 s, and its rooms wait"
    assert record.__dict__["slot"] == slot
    ask_cluster(source, "SETSLOT", slot, "STABLE")
    assert await link.execute(Call.command("MGET", "{chat}:a", "{chat}:not there")) == [b"x", None]


async def test_a_channel_follows_its_slot(cluster: Cluster, link: RedisLink) -> None:
    """The listener is told that it may have missed something, and hears what is published at the new primary."""
    heard: list[bytes | None] = []
    link.subscribe("chat", heard.append)
    await until(lambda: heard == [None])
    target = other(cluster, cluster.owner())
    await asyncio.to_thread(cluster.move_at_once, "chat", target)
    await until(lambda: heard == [None, None])
    target.client.execute_command("SPUBLISH", "chat", "sharded")
    await until(lambda: b"sharded" in heard)
    for server in cluster.servers:
        server.client.publish("chat", "plain")
    await until(lambda: heard.count(b"plain") == 2)


async def test_a_primary_that_is_away_delays_no_call_to_another(cluster: Cluster, link: RedisLink) -> None:
    """Its own calls fail at once as soon as that is known."""
    here, there = keys_on_each(cluster)
    cluster.owner().kill()
    await until(lambda: link.state == "partly")
    start = time.monotonic()
    lost, found = await link.pipeline([Call.command("GET", here), Call.command("SET", there, "x")])
    assert time.monotonic() - start < 3.0  # it isn't waited for until COMMAND_TIMEOUT
    assert found.result() == b"OK"
    with pytest.raises(RedisUnavailable):
        lost.result()


async def test_health_says_that_a_part_of_redis_is_away(cluster: Cluster) -> None:
    """A server that still serves some rooms stays in rotation."""
    nodes = await Nodes(cluster.url).start(1)
    node = nodes.nodes[0]
    assert node.status()["redis"] == "up"
    other(cluster, cluster.owner()).kill()
    await until(lambda: node.status()["redis"] == "partly")
    for server in cluster.servers:
        server.stop()
    await until(lambda: node.status()["redis"] == "down")
    await nodes.stop()
