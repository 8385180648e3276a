"""Redis answers, and refuses: it can't store, or the user may not do it. Reading goes on, and all get an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from wschat.config.redis_url import Address
from wschat.errors import RedisUnavailable, RedisWriteRefused
from wschat.redis_link import Call, PrimaryLink, primaries
from wschat.redis_link.keys import SLOTS
from wschat.redis_link.routed import RoutedLink
from wschat.redis_link.topology import Layout

from ..support import Nodes, Server, join, visit
from ..support.room import LocalNode, until

AT_ONCE = 8.0  # s: with time enough for a busy machine
REFUSALS = {
    "no replicas": (("min-replicas-to-write", "1"), ("min-replicas-to-write", "0")),
    "memory full": (("maxmemory", "1"), ("maxmemory", "0")),
}


@asynccontextmanager
async def refusing(redis: Redis, kind: str) -> AsyncIterator[None]:
    """Redis refuses to store anything for as long as this lasts."""
    (name, value), (_, usual) = REFUSALS[kind]
    await redis.config_set(name, value)
    try:
        yield
    finally:
        await redis.config_set(name, usual)


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("room", ["chat", "a room that nobody was in".replace(" ", "-")])
async def test_people_come_in_and_read_while_redis_refuses_to_store(
    nodes: Nodes, redis: Redis, kind: str, room: str
) -> None:
    """At once each `hello` has its welcome, and each post the error `unavailable`."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    await ann.posts("before")
    async with refusing(redis, kind):
        bob = await asyncio.wait_for(join(nodes.ws(), "Bob", room=room), AT_ONCE)
        assert [message["text"] for message in bob.welcome["messages"]] == (["before"] if room == "chat" else [])
        for client in (ann, bob):
            post = await client.says("meanwhile")
            refused = await asyncio.wait_for(client.is_refused("unavailable"), AT_ONCE)
            assert refused["id"] == post
            assert refused["retry_after"] > 0
        await ann.send("history", ref="h", before=2)
        assert (await ann.gets("history", ref="h"))["messages"][0]["text"] == "before"
    assert await bob.posts("after") == (2 if room == "chat" else 1)


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_server_starts_at_a_redis_that_refuses_to_store(nodes: Nodes, redis: Redis, kind: str) -> None:
    """People read what there is, and write when it can store again."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    await ann.posts("before")
    async with refusing(redis, kind):
        await nodes.start(1)
        bob = await asyncio.wait_for(join(nodes.ws(1), "Bob"), AT_ONCE)
        assert [message["text"] for message in bob.welcome["messages"]] == ["before"]
    assert await bob.posts("after") == 2


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("is_deleted", [False, True])
async def test_an_entry_of_another_program_keeps_nobody_from_reading_meanwhile(
    nodes: Nodes, redis: Redis, kind: str, is_deleted: bool
) -> None:
    """It goes when Redis can store again, and the numbers go on."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    await ann.posts("before")
    foreign = await redis.xadd("{chat}:log", {"m": "hello"})
    if is_deleted:
        await redis.xdel("{chat}:log", foreign)
    async with refusing(redis, kind):
        await nodes.start(1)
        bob = await asyncio.wait_for(join(nodes.ws(1), "Bob"), AT_ONCE)
        assert [message["text"] for message in bob.welcome["messages"]] == ["before"]
    assert await bob.posts("after") == 2
    assert await redis.xrange("{chat}:log", "3-0") == []
    assert await ann.hears("after")


async def test_a_read_only_replica_refuses_posts(nodes: Nodes, redis: Redis) -> None:
    """The Redis that a failover has left behind."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    await ann.posts("before")
    await redis.execute_command("REPLICAOF", "127.0.0.1", "1")  # nothing is there
    try:
        post = await ann.says("meanwhile")
        assert (await asyncio.wait_for(ann.is_refused("unavailable"), AT_ONCE))["id"] == post
    finally:
        await redis.execute_command("REPLICAOF", "NO", "ONE")
    await ann.says("after", post)
    assert (await ann.gets("ack"))["seq"] == 2


@dataclass
class OnePrimary:
    """The topology, and its URL, of a set that has a single server."""

    address: str
    publish = "PUBLISH"
    database = 0

    @property
    def url(self) -> OnePrimary:
        return self

    def url_of(self, address: Address) -> str:
        return self.address

    async def find(self) -> Layout:
        return {Address("it", 1): [range(SLOTS)]}

    def start(self, on_change: Callable[[], None], on_failover: Callable[[Address], None]) -> None:
        """Nothing changes."""

    async def stop(self) -> None:
        """Nothing has begun."""


async def test_a_new_primary_without_replicas_leaves_the_fate_of_a_write_unknown(
    redis: Redis, redis_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets its replicas in a moment, so a post is tried again at once; if it gets none, the post is refused."""
    link = RoutedLink(OnePrimary(redis_server))  # type: ignore[arg-type]
    write = Call.command("SET", "chat", "x")
    try:
        await link.start()
        async with refusing(redis, "no replicas"):
            with pytest.raises(RedisUnavailable) as unknown:
                await link.execute(write)
            assert type(unknown.value) is RedisUnavailable
            monkeypatch.setattr(primaries, "SETTLE", 0.0)
            with pytest.raises(RedisWriteRefused):
                await link.execute(write)
        assert await link.execute(write) == b"OK"
    finally:
        await link.stop()


async def test_a_room_that_the_user_may_not_enter_is_refused_and_the_node_is_well(
    start_server: Callable[..., Server], redis_server: str, redis: Redis
) -> None:
    """An ACL for the main room only: somebody opens another room, again and again, and nobody else notices."""
    await redis.execute_command(
        "ACL", "SETUSER", "narrow", "reset", "on", ">secret", "~{chat}:*", "~wschat:key", "&chat", "&{chat}:signals",
        "&wschat:node", "+@all",
    )  # fmt: skip
    try:
        server = start_server(
            redis=redis_server, environment={"WSCHAT_REDIS_USER": "narrow", "WSCHAT_REDIS_PASSWORD": "secret"}
        )
        ann = await join(server.ws, "Ann")
        for number in range(3):
            stranger = await visit(server.ws)
            await stranger.send("hello", name=f"Stranger{number}", room="other")
            await asyncio.wait_for(stranger.is_refused("unavailable"), AT_ONCE)
            assert await asyncio.wait_for(ann.posts(f"m{number}"), AT_ONCE) == number + 1
            await ann.hears(f"m{number}")
        await redis.publish("chat", "from a program")
        assert await ann.hears("from a program")
        assert [event for event in ann.events if event["type"] == "notice"] == []
        assert "Redis connection lost" not in server.output
    finally:
        await redis.execute_command("ACL", "DELUSER", "narrow")


@pytest.mark.parametrize("channels", [("&chat",), ("&chat", "&{chat:other}:signals"), ("&chat", "&chat:other")])
async def test_a_channel_that_the_user_may_not_hear_is_refused_alone(
    redis: Redis, redis_server: str, channels: tuple[str, ...]
) -> None:
    """The keys of the other room are allowed, its channels aren't, or only one of them: the main room goes on."""
    await redis.execute_command(
        "ACL", "SETUSER", "deaf", "reset", "on", ">secret", "allkeys", "&{chat}:signals", "&wschat:node", "+@all",
        *channels,
    )  # fmt: skip
    link = PrimaryLink(redis_server.replace("unix://", "unix://deaf:secret@"))
    try:
        await link.start()
        node = await LocalNode(link).start()
        member = node.listen()
        states: list[bool] = []
        link.watch(states.append)
        node.rooms.open("other")
        await node.fill(2)
        await asyncio.sleep(0.3)
        await redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: states == [False, True])
        await node.fill(2)
        await until(lambda: member.seqs == [1, 2, 3, 4])
        await node.stop()
    finally:
        await link.stop()
        await redis.execute_command("ACL", "DELUSER", "deaf")


async def test_two_chats_in_two_databases_hear_nothing_of_each_other(redis_server: str, redis: Redis) -> None:
    """Keys are apart by database, and so is everything that is published."""
    first = await Nodes(redis_server).start(1)
    second = await Nodes(f"{redis_server}?db=1").start(1)
    try:
        (ann,) = await first.join("Ann")
        (other,) = await second.join("Ann")
        await other.send("typing")
        await other.posts("in the second")
        bob = await join(second.ws(), "Bob")
        await redis.publish("chat", "from a program")
        await ann.hears("from a program")
        await asyncio.sleep(1.5)
        assert await ann.is_there()
        kinds = [event["type"] for event in ann.events]
        assert "typing" not in kinds
        assert [event["text"] for event in ann.events if event["type"] == "message"] == ["from a program"]
        assert [event["count"] for event in ann.events if event["type"] == "online"] in ([], [1])
        assert "from a program" not in [event.get("text") for event in other.events]
        await redis.publish("chat@1", json.dumps({"text": "for the second"}))
        assert await bob.hears("for the second")
    finally:
        await first.stop()
        await second.stop()
        async with Redis.from_url(f"{redis_server}?db=1") as client:
            await client.flushdb()
