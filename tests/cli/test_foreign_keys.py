"""Keys of another type than the chat's, as the commands of an operator meet them: named and left out, and no more."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from redis.asyncio import Redis

from wschat.admin import backup, each_room, read_archive, room_facts, write_archive
from wschat.admin.backup import _Copy
from wschat.admin.foreign import COPIED, SIZES, foreign_keys
from wschat.errors import RedisRejected
from wschat.redis_link import TOKEN_KEY, Call, RedisLink

from ..support import Nodes
from ..support.moderation import act, id_of, moderator
from ..support.program import Program


@pytest.fixture
async def kitchen(node: Nodes) -> Nodes:
    """Two rooms with a message, a reaction, and somebody who is muted; the kitchen has keys of each kind."""
    for room in ("chat", "kitchen"):
        boss = await moderator(node, room=room)
        (ann,) = await node.join("Ann", room=room)
        await ann.posts("hello")
        await ann.send("react", ref="r", seq=1, emoji="👍")
        await ann.gets("done", ref="r")
        await act(boss, "mute", person=id_of(ann), seconds=600)
        await boss.leaves()
        await ann.leaves()
    return node


@pytest.mark.parametrize("kind", COPIED)
async def test_a_backup_has_all_but_a_key_of_another_type(
    kitchen: Nodes, redis: Redis, link: RedisLink, kind: str
) -> None:
    """Whichever it is; what the room has in its other keys is copied too."""
    whole = await backup(link)
    await redis.delete(f"{{chat:kitchen}}:{kind}")
    await redis.rpush(f"{{chat:kitchen}}:{kind}", "junk")
    skipped: list[str] = []
    copy = await backup(link, skip=skipped.append)
    assert skipped == [f"{{chat:kitchen}}:{kind}"]
    main, room = copy.rooms
    before, was = whole.rooms
    assert (main.entries, main.forms, main.moderation) == (before.entries, before.forms, before.moderation)
    assert (room.entries == was.entries) == (kind != "log")
    assert (room.forms == was.forms) == (kind != "amended")
    assert (room.moderation == was.moderation) == (kind not in ("rules", "barred", "acts"))


async def test_small_keys_of_another_type_are_left_out_of_a_backup(
    kitchen: Nodes, redis: Redis, link: RedisLink
) -> None:
    """The token key, the reactions to a message, a remembered post: the rest is copied."""
    (sent,) = [key.decode() async for key in redis.scan_iter("{chat}:sent:*")]
    keys = [TOKEN_KEY, "{chat}:reactions:1", sent]
    for key in keys:
        await redis.delete(key)
        await redis.rpush(key, "junk")
    skipped: dict[str, None] = {}
    copy = await backup(link, skip=lambda key: skipped.update({key: None}))
    assert sorted(skipped) == sorted(keys)
    assert copy.header.key == ""
    assert [len(room.entries) for room in copy.rooms] == [2, 2]


async def test_a_value_that_is_no_number_keeps_nothing_from_being_copied(
    kitchen: Nodes, redis: Redis, link: RedisLink
) -> None:
    """Another program's: as an answer that is remembered, and as the number of a changed message."""
    whole = await backup(link)
    await redis.set("{chat}:sent:ann:other", "²")
    await redis.set("{chat}:changed:other", "9" * 5000)
    await redis.hset("{chat}:amended", mapping={"9" * 5000: "x", "²": "x"})
    for room, was in zip((await backup(link)).rooms, whole.rooms, strict=True):
        assert (room.entries, room.forms, room.seq) == (was.entries, was.forms, was.seq)
        assert [one.name for one in room.memories] == [one.name for one in was.memories]


@pytest.mark.parametrize("score", ["inf", "-inf"])
async def test_a_score_without_an_end_is_no_reaction(kitchen: Nodes, redis: Redis, link: RedisLink, score: str) -> None:
    """Another program's: the backup can be read again, and has the others."""
    before = await backup(link)
    await redis.execute_command("ZADD", "{chat}:reactions:1", score, "x")
    target = io.BytesIO()
    write_archive(target, await backup(link))
    target.seek(0)
    copy = read_archive(target)
    assert [room.forms for room in copy.rooms] == [room.forms for room in before.rooms]
    assert len(copy.rooms[0].forms[1].reactions) == 1


async def test_the_end_of_a_log_that_is_no_number_is_told_by_its_entries(
    kitchen: Nodes, redis: Redis, link: RedisLink
) -> None:
    """Digits without an end, which Lua reads as infinity and Python not at all."""
    whole = await backup(link)
    await redis.hset("{chat}:meta", "seq", "9" * 5000)
    for room, was in zip((await backup(link)).rooms, whole.rooms, strict=True):
        assert (room.entries, room.forms, room.seq) == (was.entries, was.forms, was.seq)


async def test_a_deleted_entry_of_another_program_is_not_the_end_of_a_log(
    kitchen: Nodes, redis: Redis, link: RedisLink
) -> None:
    """Its number is a time in ms; after a restore, each message would have begun an epoch."""
    whole = await backup(link)
    await redis.xdel("{chat}:log", await redis.xadd("{chat}:log", {"m": "hello"}))
    assert [room.seq for room in (await backup(link)).rooms] == [room.seq for room in whole.rooms]


async def test_an_entry_of_another_program_is_not_in_a_backup(kitchen: Nodes, redis: Redis, link: RedisLink) -> None:
    """Nor is an answer about a post that came later than the copy: after a restore, its retry would be told a lie."""
    whole = await backup(link)
    await redis.xadd("{chat}:log", {"m": "hello"})
    await redis.set("{chat}:sent:ann:later", "99")
    for room, was in zip((await backup(link)).rooms, whole.rooms, strict=True):
        assert (room.entries, room.forms, room.seq) == (was.entries, was.forms, was.seq)
        assert {one.name for one in room.memories} == {one.name for one in was.memories}


async def test_an_entry_of_another_program_does_not_hide_what_comes_during_a_backup(
    kitchen: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number is higher than all that follow; the copy has them all the same."""
    (eve,) = await kitchen.join("Eve")
    await redis.xadd("{chat}:log", {"m": "hello"})
    read_forms = _Copy._forms

    async def meanwhile(copy: _Copy) -> bool:
        await eve.posts("meanwhile")
        return await read_forms(copy)

    monkeypatch.setattr(_Copy, "_forms", meanwhile)
    room = next(room for room in (await backup(link)).rooms if room.room == "chat")
    assert sorted(room.entries) == list(range(1, room.seq + 1))
    assert "meanwhile" in room.entries[3]


async def test_a_number_that_is_too_long_counts_as_none_for_the_list_of_rooms(
    kitchen: Nodes, redis: Redis, link: RedisLink
) -> None:
    """The other facts about the room are shown."""
    await redis.hset("{chat}:meta", "seq", "9" * 5000)
    facts = await room_facts(link, "chat")
    assert (facts.seq, facts.entries) == (0, 2)


@pytest.mark.parametrize("kind", SIZES)
async def test_a_key_of_another_type_is_found(kitchen: Nodes, redis: Redis, link: RedisLink, kind: str) -> None:
    """Each kind of key that a room has."""
    keys = link.keys("kitchen")
    assert await foreign_keys(link, keys) == []
    await redis.set(keys.own(kind), "junk")
    assert await foreign_keys(link, keys) == [keys.own(kind)]


def test_all_keys_of_a_room_are_looked_at(link: RedisLink) -> None:
    """Those of its log, its people and its rules."""
    keys = link.keys("kitchen")
    assert {keys.own(kind) for kind in SIZES} == {keys.log, keys.amended, *keys.presence, *keys.moderation}


async def test_what_is_rejected_for_another_reason_is_no_key_of_another_type(redis: Redis, link: RedisLink) -> None:
    """Redis's own words reach the operator, also where the keys can't be looked at."""
    with pytest.raises(RedisRejected, match="wrong number"):
        await each_room(link, ["chat"], lambda room: link.execute(Call.command("XADD", room)))
    await redis.execute_command("ACL", "SETUSER", "default", "-zcard")
    try:
        with pytest.raises(RedisRejected, match="zcard"):
            await foreign_keys(link, link.keys("chat"))
    finally:
        await redis.execute_command("ACL", "SETUSER", "default", "+zcard")


async def test_commands_over_all_rooms_leave_out_a_broken_one_and_say_so(
    kitchen: Nodes, redis: Redis, redis_server: str, tmp_path: Path
) -> None:
    """It stands before the others in the alphabet; the exit code is 2, and the sentence names the key."""
    key = "{chat:a}:log"
    await redis.set(key, "junk")
    program = Program(redis_server)
    file = tmp_path / "copy"
    for words in (["rooms"], ["stats"], ["backup", str(file)], ["forget", "--person", "Ann", "--yes"]):
        done = await program.tried(*words)
        assert (done.code, key in done.errors) == (2, True), done
        assert "Traceback" not in done.errors
    with file.open("rb") as source:
        assert [room.room for room in read_archive(source).rooms if room.entries] == ["chat", "kitchen"]
    assert all(b"Ann" not in entry for entry in (await redis.hgetall("{chat:kitchen}:amended")).values())


async def test_bars_in_all_rooms_leave_out_a_broken_one_and_say_so(
    kitchen: Nodes, redis: Redis, redis_server: str
) -> None:
    """The output names all that was done in the others."""
    key = "{chat:a}:meta"
    await redis.set(key, "junk")
    program = Program(redis_server)

    async def rooms_of(*words: str) -> tuple[list[str], str]:
        done = await program.tried(*words, "--json")
        assert (done.code, key in done.errors) == (2, True), done
        assert "Traceback" not in done.errors
        return [one["room"] for one in done.json], done.json[0]["id"]

    rooms, who = await rooms_of("bar", "chat", "Ann", "--all-rooms")
    assert rooms == ["chat", "kitchen"]
    rooms, _ = await rooms_of("bars")
    assert rooms == ["chat", "chat", "kitchen", "kitchen"]  # all were muted before
    rooms, _ = await rooms_of("unbar", "chat", who, "--all-rooms")
    assert rooms == ["chat", "kitchen"]
    nobody = await program.tried("unbar", "chat", who, "--all-rooms")
    assert f"They may be barred where this key is of another type than the chat's: {key}" in nobody.errors


@pytest.mark.parametrize("kind", ["log", "online"])
async def test_a_bar_in_all_rooms_begins_although_the_named_room_is_broken(
    kitchen: Nodes, redis: Redis, program: Program, kind: str
) -> None:
    """Another room knows who is meant; nobody knows Bob, who may be where the key is."""
    key = f"{{chat:kitchen}}:{kind}"
    await redis.delete(key)
    await redis.set(key, "junk")
    done = await program.tried("bar", "kitchen", "Ann", "--all-rooms", "--json")
    rooms = [one["room"] for one in done.json]
    if kind == "log":  # only the search needs it
        assert (done.code, rooms) == (0, ["kitchen", "chat"])
    else:
        assert (done.code, rooms) == (2, ["chat"])
        assert f"The rest is done, but this key is of another type than the chat's: {key}" in done.errors
    nobody = await program.tried("bar", "kitchen", "Bob", "--all-rooms")
    assert f"Nothing was done, since this key is of another type than the chat's: {key}" in nobody.errors


@pytest.mark.parametrize("words", [["bar", "kitchen", "Ann"], ["bars", "kitchen"], ["people", "kitchen"]])
async def test_nothing_else_is_said_to_be_done_in_one_room(
    kitchen: Nodes, redis: Redis, program: Program, words: list[str]
) -> None:
    """The key is named, and no empty line comes before the sentence."""
    for kind in ("meta", "people", "online", "names"):
        key = f"{{chat:kitchen}}:{kind}"
        kept = await redis.dump(key)
        await redis.set(key, "junk")
        done = await program.tried(*words)
        if done.code:
            assert done.errors.startswith("Error: "), (kind, done)
            assert f"since this key is of another type than the chat's: {key}" in done.errors
            assert "The rest is done" not in done.errors
        await redis.delete(key)
        if kept:
            await redis.restore(key, 0, kept)


@pytest.mark.parametrize(
    "words", [["tail", "kitchen", "--no-follow"], ["export", "kitchen"], ["link", "kitchen", "--moderator"]]
)
async def test_a_command_for_one_room_names_the_key(
    kitchen: Nodes, redis: Redis, program: Program, words: list[str]
) -> None:
    """Redis itself says only that some key of some script has another type."""
    await redis.delete("{chat:kitchen}:meta")
    await redis.set("{chat:kitchen}:meta", "junk")
    done = await program.tried(*words)
    assert (done.code, done.output) == (2, "")
    assert "a command, since this key is of another type than the chat's: {chat:kitchen}:meta" in done.errors
