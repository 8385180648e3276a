"""Erased data are gone: from the screens, from Redis, and from its files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect

from ..support import Client, Nodes, Server, join
from ..support.moderation import act, id_of, moderator
from ..support.program import Program, wschat
from ..support.redis import contents, needs_embedded, system_redis
from ..support.room import until


async def test_a_cleared_room_is_empty_and_everyone_is_told_once(
    two_nodes: Nodes, redis: Redis, redis_server: str
) -> None:
    """The people stay, and the talk goes on from the first number."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    await ann.posts("secret-one")
    await ann.asks("react", seq=1, emoji="👍")
    await Program(redis_server)("clear", "chat", "--yes")
    for person in (ann, bob):
        assert (await person.gets("reset"))["messages"] == []
    assert b"secret" not in await contents(redis)
    assert [key async for key in redis.scan_iter("*reactions*")] == []
    assert await bob.posts("anew") == 1
    await ann.hears("anew")
    await asyncio.sleep(2.5)  # longer than a poll
    assert await ann.is_there()
    assert [event["type"] for event in ann.events].count("reset") == 1
    assert len((await Program(redis_server)("people", "chat", "--json")).json) == 2


async def test_a_forgotten_room_leaves_nothing(node: Nodes, redis: Redis, redis_server: str) -> None:
    """Not even the ids of posts; another room is as it was."""
    (ann,) = await node.join("Ann", room="kitchen")
    await ann.posts("secret")
    await act(await moderator(node, room="kitchen"), "mute", person=id_of(ann), seconds=60)
    (bob,) = await node.join("Bob")
    await bob.posts("stays")
    await ann.leaves()
    await asyncio.sleep(0.1)
    await node.stop()
    await redis.delete("{chat:kitchen}:online")  # her lease has ended
    await Program(redis_server)("forget", "--room", "Kitchen", "--yes")
    assert [key async for key in redis.scan_iter("*kitchen*")] == []
    assert await redis.xlen("{chat}:log") == 1


async def test_a_forgotten_person_is_erased_as_deletions_are(two_nodes: Nodes, redis: Redis, redis_server: str) -> None:
    """Ann's messages become tombstones without her name on every screen, her reactions go, and Bob's words stay."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    await ann.posts("secret-one")
    await bob.posts("words of Bob")
    await ann.posts("secret-two")
    await ann.asks("edit", seq=3, text="secret-three")
    await ann.asks("react", seq=2, emoji="👍")
    await bob.asks("react", seq=2, emoji="👍")
    ann_id = ann.welcome["you"]["id"]
    done = await Program(redis_server)("forget", "--person", ann_id, "--yes", "--json")
    assert done.json == {"messages": 2, "reactions": 1, "rooms": 1, "file": "done"}
    seen: dict[int, dict[str, Any]] = {}
    while not (seen.get(1, {}).get("deleted") and seen.get(3, {}).get("deleted") and 2 in seen):
        amended = (await bob.gets("amended"))["message"]
        seen[amended["seq"]] = amended
    assert seen[1]["from"] == {"id": ann_id, "name": "—"}
    (eve,) = await two_nodes.join("Eve")
    first, second, third = eve.welcome["messages"]
    assert (first["deleted"], third["deleted"]) == (True, True)
    assert second["text"] == "words of Bob"
    assert second["reactions"] == [{"emoji": "👍", "count": 1, "people": [bob.welcome["you"]["id"]]}]
    assert b"secret" not in await contents(redis)


@pytest.mark.parametrize("left", [(), ("secret-two",)])
async def test_messages_that_were_deleted_before_lose_the_name_too(
    node: Nodes, redis: Redis, redis_server: str, left: tuple[str, ...]
) -> None:
    """One by Ann and one by a moderator, whether or not she has others; when and by whom stays to be seen."""
    mia, ann = await moderator(node), await join(node.ws(), "Ann")
    for text in ("one", "two", *left):
        await ann.posts(text)
    await ann.asks("delete", seq=1)
    await mia.asks("delete", seq=2)
    (bob,) = await node.join("Bob")
    before = bob.welcome["messages"][:2]
    done = await Program(redis_server)("forget", "--person", "Ann", "--yes", "--json")
    assert done.json["messages"] == 2 + len(left)
    (eve,) = await node.join("Eve")
    nobody = {"id": id_of(ann), "name": "—"}
    after = [{**message, "rev": old["rev"]} for message, old in zip(eve.welcome["messages"], before)]
    assert after == [{**old, "from": nobody} for old in before]
    stored = str([await redis.hvals("{chat}:amended"), await redis.xrange("{chat}:log")])
    assert '"name":"Ann"' not in stored
    assert (await Program(redis_server).tried("forget", "--person", "Ann", "--yes")).code == 2


async def test_a_name_is_forgotten_however_it_is_written(node: Nodes, redis: Redis, redis_server: str) -> None:
    """Артём was online twice, as two people; Артур stays."""
    for name, text in (("Артём", "раз"), ("Артур", "два")):
        (person,) = await node.join(name)
        await person.posts(text)
        await person.leaves()
    done = await Program(redis_server)("forget", "--person", "артем", "--yes", "--json")
    assert done.json["messages"] == 1
    (eve,) = await node.join("Eve")
    assert [message.get("text") for message in eve.welcome["messages"]] == [None, "два"]
    assert (await Program(redis_server).tried("forget", "--person", "—", "--yes")).code == 2


async def test_a_thousand_messages_are_forgotten_at_once(node: Nodes, redis: Redis, redis_server: str) -> None:
    """No message of anybody else is pushed out of the log by that."""
    ann, bob = await node.join("Ann", "Bob")
    await bob.posts("first")
    await ann.posts_many(f"secret {number}" for number in range(1200))
    done = await Program(redis_server)("forget", "--person", "Ann", "--yes", "--json")
    assert done.json["messages"] == 1200
    assert b"secret" not in await contents(redis)
    lines = (await Program(redis_server)("export", "chat")).lines
    assert [line["text"] for line in lines if "text" in line] == ["first"]


@needs_embedded
async def test_what_is_erased_leaves_the_disk(tmp_path: Path) -> None:
    """The append-only file of the embedded Redis is rewritten before the command ends, for each of the three."""
    server = Server(tmp_path / "data").start()
    ann = await join(server.ws, "Ann")

    def on_disk() -> bool:
        files = (tmp_path / "data/redis/appendonlydir").iterdir()
        return any(b"secret" in file.read_bytes() for file in files)

    try:
        for command in (["forget", "--person", "Ann"], ["clear", "chat"], ["forget", "--room", "chat"]):
            await ann.posts("secret")
            await until(on_disk)
            done = await asyncio.to_thread(wschat, "--data", str(tmp_path / "data"), *command, "--yes")
            assert done.code == 0, done.errors
            assert not on_disk()
            assert await ann.is_there()
    finally:
        assert await server.stops() == 0


async def test_no_form_of_what_is_forgotten_is_in_a_file_of_redis(tmp_path: Path) -> None:
    """Before and after an edit, deleted long ago or quoted by a reply: the files of a redis-server, uncompressed, have
    none of it when `forget` ends, and what others wrote is still there.
    """
    options = ("--appendonly", "yes", "--rdbcompression", "no")

    def found_on_disk() -> set[str]:
        files = b"".join(path.read_bytes() for path in tmp_path.glob("appendonlydir/*"))
        return {word for word in ("secret-one", "secret-two", "secret-three", "words-of-bob") if word.encode() in files}

    with system_redis(tmp_path, *options) as url:
        server = Server(tmp_path / "data", redis=url).start()
        try:
            ann, bob = await join(server.ws, "Ann"), await join(server.ws, "Bob")
            await ann.posts("secret-one")
            await ann.asks("edit", seq=1, text="secret-two")
            await ann.posts("secret-three")
            await bob.send("post", id="b1", text="words-of-bob", reply=1)
            await bob.asks("react", seq=1, emoji="👍")
            await ann.asks("delete", seq=3)
            await until(lambda: found_on_disk() == {"secret-one", "secret-two", "secret-three", "words-of-bob"})
            done = await Program(url)("forget", "--person", "Ann", "--yes", "--json")
            assert done.json["file"] == "done"
            assert found_on_disk() == {"words-of-bob"}
        finally:
            assert await server.stops() == 0


async def test_a_file_that_still_has_it_is_said(node: Nodes, redis: Redis, redis_server: str) -> None:
    """This Redis keeps no append-only file for a moment; the command is no success, and says what to do."""
    (ann,) = await node.join("Ann")
    await ann.posts("secret")
    await redis.config_set("appendonly", "no")
    try:
        done = await Program(redis_server).tried("clear", "chat", "--yes")
    finally:
        await redis.config_set("appendonly", "yes")
    assert done.code == 2
    assert "Erased from Redis, but Redis keeps no append-only file" in done.errors


async def test_a_forgotten_person_has_no_name_among_the_acts(node: Nodes, redis: Redis, redis_server: str) -> None:
    """The acts of a moderator stay recorded and in force; the others' names stay as well."""
    mia, ann = await moderator(node), await join(node.ws(), "Ann Smith")
    await ann.posts("x")
    await act(mia, "mute", person=id_of(ann), seconds=0)
    await redis.set(f"{{chat}}:address:{id_of(ann)}", "digest")
    await Program(redis_server)("forget", "--person", id_of(ann), "--yes")
    lists = await act(mia, "barred")
    nobody = {"id": id_of(ann), "name": "—"}
    assert [(one["person"], one["by"]["name"]) for one in lists["barred"]] == [(nobody, "Mia")]
    assert [(one["person"], one["by"]["name"]) for one in lists["acts"]] == [(nobody, "Mia")]
    assert not await redis.exists(f"{{chat}}:address:{id_of(ann)}")
    await ann.says("y")
    await ann.is_refused("muted")
    await act(mia, "let_in", person=id_of(ann))
    await ann.posts("y")


async def comes_from(nodes: Nodes, name: str, address: str) -> Client:
    """Somebody who has said `hello` through a trusted proxy."""
    client = Client(await connect(nodes.ws(), additional_headers={"X-Forwarded-For": address}), name)
    await client.send("hello", name=name)
    return client


async def test_a_forgotten_person_leaves_no_address(nodes: Nodes, redis: Redis, redis_server: str) -> None:
    """Neither who is in no act, nor out of a bar, which holds for the person alone; another's address stays barred."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    mia = await moderator(nodes)
    digests = {}
    for name, address in (("Ann", "203.0.113.1"), ("Bob", "203.0.113.2"), ("Cleo", "203.0.113.3")):
        person = await comes_from(nodes, name, address)
        person.welcome = await person.gets("welcome")
        digests[name] = bytes(await redis.get(f"{{chat}}:address:{id_of(person)}") or b"")  # type: ignore[arg-type]
        await person.posts("x")
        if name != "Cleo":
            await act(mia, "remove", person=id_of(person), seconds=0)
    for name in ("Ann", "Cleo"):
        assert digests[name] in await contents(redis)
        await Program(redis_server)("forget", "--person", name, "--yes")
        assert digests[name] not in await contents(redis)
    assert digests["Bob"] in await contents(redis)
    await (await comes_from(nodes, "Anna", "203.0.113.1")).gets("welcome")
    await (await comes_from(nodes, "Eve", "203.0.113.2")).is_refused("barred")


async def test_who_wrote_nothing_is_forgotten_too(nodes: Nodes, redis: Redis, redis_server: str) -> None:
    """By id, where the rules keep nothing of the person but the address."""
    await nodes.start(1, trusted_proxy=("127.0.0.1",))
    ann = await comes_from(nodes, "Ann", "203.0.113.1")
    ann.welcome = await ann.gets("welcome")
    await redis.set(f"{{chat}}:muted:{id_of(ann)}", "the address whose mute goes with her")
    done = await Program(redis_server)("forget", "--person", id_of(ann), "--yes", "--json")
    assert done.json == {"messages": 0, "reactions": 0, "rooms": 1, "file": "done"}
    assert not await redis.exists(f"{{chat}}:address:{id_of(ann)}", f"{{chat}}:muted:{id_of(ann)}")
    assert (await Program(redis_server).tried("forget", "--person", id_of(ann), "--yes")).code == 2
