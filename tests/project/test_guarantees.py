"""Promises of the docs that no module's tests cover; docs/promises.md lists every promise with its test."""

from __future__ import annotations

import asyncio
import base64
import http.client
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis

from wschat.access import Tokens
from wschat.model import Person
from wschat.names import skeletons
from wschat.presence import LeaseTimes
from wschat.redis_link import PrimaryLink, RoomKeys
from wschat.redis_link.embedded import EmbeddedRedis
from wschat.redis_link.subscriber import DEAF_AFTER, PING_EVERY

from ..support import Nodes, Server, join
from ..support.client import PATIENCE
from ..support.redis import needs_embedded
from ..support.room import LocalNode, until

KEYS = RoomKeys("chat")


# -- Redis ----------------------------------------------------------------------------------------


@needs_embedded
def test_the_embedded_redis_is_set_up_as_the_docs_advise(tmp_path: Path) -> None:
    """It keeps an append-only file that is synced each second, and evicts nothing."""
    embedded = EmbeddedRedis(tmp_path)
    embedded.start()
    wanted = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
    with SyncRedis.from_url(embedded.url, decode_responses=True) as client:
        assert {key: client.config_get(key)[key] for key in wanted} == wanted
    embedded.release()


@needs_embedded
def test_the_embedded_redis_has_no_network_port(tmp_path: Path) -> None:
    """It listens on its Unix socket only."""
    embedded = EmbeddedRedis(tmp_path)
    embedded.start()
    with SyncRedis.from_url(embedded.url, decode_responses=True) as client:
        process = psutil.Process(int(client.info("server")["process_id"]))
        assert process.net_connections("unix")
        assert not process.net_connections("inet")
    embedded.release()


@needs_embedded
def test_the_words_of_an_emptied_room_are_gone_when_the_file_is_rewritten(tmp_path: Path) -> None:
    """Until then they stand in the append-only file: a deletion is one more line of it."""
    embedded = EmbeddedRedis(tmp_path)
    embedded.start()
    with SyncRedis.from_url(embedded.url) as client:
        client.xadd(KEYS.log, {"m": "words to forget"})
        client.delete(KEYS.log, KEYS.meta)
        assert found_in(tmp_path, b"words to forget")
        client.bgrewriteaof()
        end = time.monotonic() + PATIENCE
        while found_in(tmp_path, b"words to forget") and time.monotonic() < end:
            time.sleep(0.05)
    embedded.release()
    assert not found_in(tmp_path, b"words to forget")


def found_in(folder: Path, words: bytes) -> list[Path]:
    found = []
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):  # a temporary file of Redis
            if file.is_file() and words in file.read_bytes():
                found.append(file)
    return found


def test_a_silent_redis_is_noticed_within_four_seconds() -> None:
    """The watchdog's times add up to what the docs say; other tests measure it."""
    assert PING_EVERY + DEAF_AFTER <= 4.0


async def test_a_log_takes_as_much_memory_as_the_docs_say(link: PrimaryLink, redis: Redis) -> None:
    """10,000 short messages take about 2.6 MB, and what is remembered of each for a day about 150 bytes more."""
    node = await LocalNode(link).start()
    await node.fill(5_000, size=20)
    log = await redis.memory_usage(KEYS.log, samples=0) or 0
    remembered = [await redis.memory_usage(KEYS.sent("ann", f"p{number}")) or 0 for number in range(1, 5_001)]
    await node.stop()
    assert 1.5e6 < 2 * log < 3.0e6
    assert 60 < sum(remembered) / 5_000 < 200


async def test_an_older_copy_without_its_epoch_begins_anew(nodes: Nodes, redis: Redis) -> None:
    """The client that had read further learns that history was lost, and takes no new message for one that it knows."""
    await nodes.start(1)
    (ann,) = await nodes.join("Ann")
    for text in ("one", "two", "three"):
        await ann.posts(text)
    position = {"epoch": ann.welcome["epoch"], "seq": 3}
    await nodes.stop()
    await redis.xdel(KEYS.log, "3-0")  # a copy from before the third message
    await redis.hset(KEYS.meta, "seq", "2")
    await redis.hdel(KEYS.meta, "epoch")
    await nodes.start(1)
    back = await join(nodes.ws(), "Ann", token=ann.welcome["token"], resume=position)
    assert (back.welcome["recovered"], back.welcome["lost"]) == (False, True)
    assert [message["text"] for message in back.welcome["messages"]] == ["one", "two"]


async def test_while_redis_is_full_newcomers_are_listed_on_their_own_node_only(redis: Redis, redis_server: str) -> None:
    """They are in, they read, and when there is room again everyone has them."""
    links = [PrimaryLink(redis_server), PrimaryLink(redis_server)]
    for link in links:
        await link.start()
    here, there = [await LocalNode(link).start() for link in links]
    await there.presence.loaded()
    await redis.config_set("maxmemory", "1")
    try:
        assert (await here.enter(Person("bob", "Bob"))).is_in
        await asyncio.sleep(0.3)
        assert (here.names(), there.names()) == (["Bob"], [])
    finally:
        await redis.config_set("maxmemory", "0")
    await until(lambda: there.names() == ["Bob"])
    for node in (here, there):
        await node.stop()
        await node.link.stop()


async def test_nothing_is_acknowledged_before_redis_has_it(node: Nodes, redis: Redis) -> None:
    """While Redis accepts no writes a post has no ack; afterwards it has one, and is in the log."""
    (ann,) = await node.join("Ann")
    await redis.execute_command("CLIENT", "PAUSE", 60_000, "WRITE")
    try:
        post = await ann.says("hello")
        await asyncio.sleep(0.2)
        assert await ann.is_there()
        assert [event for event in ann.events if event["type"] == "ack"] == []
    finally:
        await redis.execute_command("CLIENT", "UNPAUSE")
    await ann.gets("ack", id=post)
    assert await redis.xlen(KEYS.log) == 1


async def test_a_person_who_types_is_passed_on_once_in_three_seconds(node: Nodes, redis: Redis) -> None:
    """However many keys are pressed, other nodes hear of it once."""
    async with redis.pubsub() as listening:
        await listening.subscribe(KEYS.signals)
        (ann,) = await node.join("Ann")
        for _ in range(20):
            await ann.send("typing")
        await ann.send("ping")
        await ann.gets("pong")
        heard = []
        while (message := await listening.get_message(timeout=0.5)) is not None:
            heard.append(message["data"])
    assert sum(b'"typing"' in data for data in heard if isinstance(data, bytes)) == 1


async def test_a_reload_that_takes_a_while_is_neither_a_leave_nor_a_join(link: PrimaryLink) -> None:
    """Rounds of removing people go by while the page loads; the lease of one who may come back outlasts them."""
    node = await LocalNode(link, times=LeaseTimes(lease=9.0, renewal=3.0, grace=3.0, tick=0.05)).start()
    ann = await node.enter(Person("ann", "Ann"))
    await until(lambda: node.presence.roster.version > 0)
    version = node.presence.roster.version
    node.room.leave(ann)
    await asyncio.sleep(0.5)
    assert node.names() == ["Ann"]
    assert (await node.enter(Person("ann", "Ann"))).is_in
    await asyncio.sleep(0.2)
    assert node.presence.roster.version == version
    await node.stop()


# -- tokens and names -----------------------------------------------------------------------------


def test_a_token_says_since_when_and_never_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signature has 256 bits, it holds the time when it was made, and it is good ten years later."""
    made = time.time()
    token = Tokens("key").sign("ann-1")
    monkeypatch.setattr(time, "time", lambda: made + 10 * 365 * 86_400)
    assert Tokens("key").person_id(token) == "ann-1"
    person, when, signature = token.split(".")
    assert person == "ann-1"
    assert len(base64.urlsafe_b64decode(signature + "==")) * 8 == 256
    assert abs(int.from_bytes(base64.urlsafe_b64decode(when + "=="), "big") - made) < 60


async def test_a_token_does_not_replace_the_password(nodes: Nodes) -> None:
    """Somebody who was in, and is known by their token, needs the password all the same."""
    await nodes.start(1, password="сезам")
    (ann,) = await nodes.join("Ann", password="сезам")
    back = await nodes.visit()
    await back.send("hello", name="Ann", token=ann.welcome["token"])
    assert (await back.gets("error"))["code"] == "password_required"


def test_names_that_merely_resemble_each_other_are_both_possible() -> None:
    """Letters that Unicode lists as confusable make one name; a dot more makes another."""
    assert {*skeletons("Анна")} & {*skeletons("Аннa")}
    assert not {*skeletons("Анна")} & {*skeletons("Аннa.")}


async def test_no_answer_sets_a_cookie(node: Nodes) -> None:
    """The browser has nothing that it could send on its own."""

    def cookies(path: str, **headers: str) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", node.nodes[0].edge.port, timeout=PATIENCE)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        connection.close()
        return answer.getheader("Set-Cookie")

    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    for path, headers in (("/", {}), ("/health", {}), ("/r/team", {}), ("/nothing", {}), ("/ws", upgrade)):
        assert await asyncio.to_thread(cookies, path, **headers) is None


# -- the network ----------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address of this machine")
def test_by_default_the_server_listens_on_localhost_only(start_server: Callable[..., Server]) -> None:
    """Another address of the machine, as the network would use, is refused."""
    server = start_server()
    with socket.create_connection(("localhost", server.port)):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port))
