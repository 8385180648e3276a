"""Backup and restore: hot, whole, and told to clients once."""

from __future__ import annotations

import asyncio
import gzip
import stat
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from wschat.admin import Archive, backup, restore
from wschat.admin.archive import ArchivedRoom, Form
from wschat.redis_link import TOKEN_KEY, RedisLink

from ..support import Client, Nodes, Server, join
from ..support.moderation import act, id_of, link_of, moderator
from ..support.program import Program, wschat
from ..support.redis import needs_embedded

CHANGES: list[tuple[str, dict[str, str]]] = [("edit", {"text": "edited"}), ("delete", {}), ("react", {"emoji": "👍"})]


async def kept_by_rooms(redis: Redis) -> dict[bytes, Any]:
    """All that the chat keeps of its rooms, by key, but for what is of the moment."""
    found: dict[bytes, Any] = {}
    async for key in redis.scan_iter():
        kind = key.rpartition(b":")[2]
        if kind == b"log":
            found[key] = await redis.xrange(key)
        elif kind in (b"amended", b"barred"):
            found[key] = await redis.hgetall(key)
        elif kind == b"rules":
            found[key] = {**await redis.hgetall(key), b"version": b""}
        elif kind == b"acts":
            found[key] = [fields for _, fields in await redis.xrange(key) or ()]
        elif b":reactions:" in key:
            found[key] = await redis.zrange(key, 0, -1, withscores=True)
        elif b":sent:" in key or b":changed:" in key:
            found[key] = await redis.get(key)
        elif kind == b"meta":
            found[key] = await redis.hget(key, "seq")
    return found


async def test_everything_comes_back(node: Nodes, redis: Redis, redis_server: str, tmp_path: Path) -> None:
    """Messages, edits, deletions, reactions, the answers that retries get, and the key of the tokens."""
    (ann,) = await node.join("Ann")
    (bob,) = await node.join("Bob", room="Кухня")
    for text in ("one", "two", "three"):
        await ann.posts(text, f"id-{text}")
    await bob.posts("in the kitchen")
    await ann.asks("edit", seq=1, text="uno")
    await ann.asks("delete", seq=2)
    await ann.asks("react", seq=3, emoji="👍")
    mia = await moderator(node)
    await act(mia, "topic", text="суп")
    await act(mia, "mute", person=id_of(ann), seconds=0)
    before, key = await kept_by_rooms(redis), await redis.get(TOKEN_KEY)
    program = Program(redis_server)
    assert (await program("backup", str(tmp_path / "copy"), "--json")).json == {"rooms": 2, "entries": 6}
    for person in (ann, bob, mia):
        await person.leaves()
    await node.stop()
    await redis.flushall()
    await program("restore", str(tmp_path / "copy"))
    assert await kept_by_rooms(redis) == before
    assert await redis.get(TOKEN_KEY) == key
    await node.start(1)
    again = await join(node.ws(), "Ann", token=ann.welcome["token"])
    assert again.welcome["you"] == ann.welcome["you"]
    assert (again.welcome["rules"]["topic"], again.welcome["muted"]) == ("суп", 0)
    assert await again.posts("one", "id-one") == 1, "it is stored, and a retry hears so"
    await act(await moderator(node), "let_in", person=id_of(ann))
    assert await again.posts("four") == 7
    assert 0 < await redis.ttl("{chat:кухня}:log") <= 30 * 24 * 3600


async def test_a_restore_revives_no_revoked_link(node: Nodes, redis: Redis, redis_server: str, tmp_path: Path) -> None:
    """Neither of a room nor of all rooms; where Redis has lost everything, the links of the backup are valid again."""
    program = Program(redis_server)
    tokens = [await link_of(node, "chat"), await link_of(node, None)]
    await program("backup", str(tmp_path / "copy"))
    for room in ("chat", None):
        await link_of(node, room, revoke=True)
    await program("restore", str(tmp_path / "copy"), "--yes")
    await node.stop()
    await node.start(1)
    for name, token in zip(("Ann", "Bob"), tokens):
        assert "role" not in (await join(node.ws(), name, mod=token)).welcome
    await node.stop()
    await redis.flushall()
    await program("restore", str(tmp_path / "copy"), "--yes")
    await node.start(1)
    for name, token in zip(("Ann", "Bob"), tokens):
        assert (await join(node.ws(), name, mod=token)).welcome["role"] == "moderator"


async def test_a_restored_room_that_was_forgotten_has_the_links_of_the_backup(
    node: Nodes, redis: Redis, redis_server: str, tmp_path: Path
) -> None:
    """Redis no longer knows that they were revoked; the operator revokes them again, as the docs say."""
    program = Program(redis_server)
    token = await link_of(node, "chat")
    await program("backup", str(tmp_path / "copy"))
    await link_of(node, "chat", revoke=True)
    await program("forget", "--room", "chat", "--yes")
    await program("restore", str(tmp_path / "copy"), "--yes")
    assert (await join(node.ws(), "Ann", mod=token)).welcome["role"] == "moderator"
    await link_of(node, "chat", revoke=True)
    assert "role" not in (await join(node.ws(), "Bob", mod=token)).welcome


async def test_a_backup_holds_no_deleted_text(node: Nodes, redis: Redis, redis_server: str, tmp_path: Path) -> None:
    """Neither that of a deleted message, nor is the file readable by others."""
    (ann,) = await node.join("Ann")
    await ann.posts("secret-text")
    await ann.posts("other")
    await ann.asks("delete", seq=1)
    await Program(redis_server)("backup", str(tmp_path / "copy"))
    content = gzip.decompress((tmp_path / "copy").read_bytes())
    assert b"other" in content
    assert b"secret-text" not in content
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


async def test_a_backup_while_people_talk_is_whole(node: Nodes, link: RedisLink, redis: Redis) -> None:
    """Some copies during 600 posts, edits, deletions and reactions: each is the chat as it was at one moment."""
    people = await node.join(*(f"Person {number}" for number in range(30)))
    is_talking = True

    async def talk(person: Client) -> None:
        for number in range(20):
            seq = await person.posts(f"{person.name} {number}")
            change, facts = CHANGES[number % 3]
            await person.asks(change, seq=seq, **facts)

    async def copy() -> list[Archive]:
        copies = []
        while is_talking:
            copies.append(await backup(link))
            await asyncio.sleep(0.05)
        return copies

    copying = asyncio.ensure_future(copy())
    await asyncio.gather(*map(talk, people))
    is_talking = False
    copies = await copying
    assert len(copies) > 1
    for one in copies:
        for room in one.rooms:
            check_whole(room)


def check_whole(room: ArchivedRoom) -> None:
    """Every number is an entry or a deleted message, and every change is in the form that it is about."""
    for number in range(1, room.seq + 1):
        if number not in room.entries:
            assert '"deleted":true' in room.forms[number].text
    assert max(room.entries) == room.seq
    for number, entry in room.entries.items():
        if entry.startswith('{"type":"amended"'):
            of = int(entry.rpartition('"of":')[2].rstrip("}"))
            assert revision(room.forms[of]) >= number
    for form in room.forms.values():
        assert revision(form) <= room.seq
        assert len(form.reactions) == form.text.count('"count":1')
    for memory in room.memories:
        assert int(memory.value.split()[0]) <= room.seq


def revision(form: Form) -> int:
    return int(form.text.partition('"rev":')[2].partition(",")[0] or 0)


async def test_everyone_connected_is_told_once(two_nodes: Nodes, redis: Redis, link: RedisLink) -> None:
    """A restore while servers run: one `reset` each, with what the backup has, and the talk goes on."""
    ann, bob = await two_nodes.join("Ann", "Bob")
    await ann.posts("kept")
    copy = await backup(link)
    await ann.posts("written after the backup")
    await bob.hears("written after the backup")
    await restore(link, copy)
    for person in (ann, bob):
        reset = await person.gets("reset")
        assert [message["text"] for message in reset["messages"]] == ["kept"]
        assert reset["seq"] == 1
    assert await bob.posts("and on") == 2
    await ann.hears("and on")
    await asyncio.sleep(2.5)  # longer than a poll
    assert await ann.is_there()
    assert [event["type"] for event in ann.events].count("reset") == 1


async def test_a_restore_over_messages_asks_first(node: Nodes, redis: Redis, redis_server: str, tmp_path: Path) -> None:
    """It names the rooms; without a terminal and without --yes nothing is changed."""
    (ann,) = await node.join("Ann")
    await ann.posts("one")
    program = Program(redis_server)
    await program("backup", str(tmp_path / "copy"))
    done = await program.tried("restore", str(tmp_path / "copy"), text="n\n")
    assert done.code == 1
    assert "will be lost: chat" in done.errors
    assert "exists already" in (await program.tried("backup", str(tmp_path / "copy"))).errors
    await program("restore", str(tmp_path / "copy"), "--yes")


async def test_a_redis_that_no_chat_has_used_is_not_backed_up(program: Program, tmp_path: Path) -> None:
    """An operator who names the wrong folder believes in no empty backup."""
    copy = tmp_path / "copy"
    done = await program.tried("backup", str(copy))
    assert (done.code, copy.exists()) == (2, False)
    assert "there is nothing to back up. Looked in: Redis at " in done.errors


async def test_a_backup_without_messages_says_so(node: Nodes, program: Program, tmp_path: Path) -> None:
    """The token key is worth a copy, and perhaps the operator expected more."""
    await node.join("Ann")
    done = await program("backup", str(tmp_path / "copy"))
    assert done.output == "Copied 0 rooms with 0 entries\n"
    assert "No room has any messages. Looked in: Redis at " in done.errors


async def test_a_backup_does_not_replace_a_later_key(
    node: Nodes, link: RedisLink, redis: Redis, redis_server: str
) -> None:
    """The operator has rotated it since, so that the old tokens hold no longer."""
    copy = await backup(link)
    await Program(redis_server)("rotate-key", "--yes")
    rotated = await redis.get(TOKEN_KEY)
    assert isinstance(rotated, bytes)
    assert rotated.startswith(b"1:")
    await restore(link, copy)
    assert await redis.get(TOKEN_KEY) == rotated


@needs_embedded
async def test_the_embedded_redis_is_copied_and_restored_too(tmp_path: Path) -> None:
    """Its folder is lost; the chat starts with what the backup has."""
    server = Server(tmp_path / "data").start()
    ann = await join(server.ws, "Ann")
    await ann.posts("hello")
    copy = str(tmp_path / "copy")
    done = await asyncio.to_thread(wschat, "--data", str(tmp_path / "data"), "backup", copy)
    assert done.code == 0, done.errors
    assert await server.stops() == 0
    (tmp_path / "data").rename(tmp_path / "lost")
    assert wschat("--data", str(tmp_path / "data"), "restore", copy).output == "Restored 1 room with 1 entry\n"
    server.start()
    try:
        again = await join(server.ws, "Ann", token=ann.welcome["token"])
        assert again.welcome["messages"][0]["text"] == "hello"
        assert again.welcome["you"] == ann.welcome["you"]
    finally:
        assert await server.stops() == 0
