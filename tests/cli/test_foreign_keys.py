"""Keys of another type than the chat's, and other programs' values: named and left out, and no more."""

from __future__ import annotations

import io

import pytest
from redis.asyncio import Redis

from wschat.admin import backup, each_room, read_archive, room_facts, write_archive
from wschat.admin.backup import _Copy
from wschat.admin.foreign import COPIED, SIZES, foreign_keys
from wschat.errors import RedisRejected
from wschat.redis_link import TOKEN_KEY, Call, RedisLink

from ..support import Nodes


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
    """Those of its log, its people, its rules and its hooks."""
    keys = link.keys("kitchen")
    assert {keys.own(kind) for kind in SIZES} == {keys.log, keys.amended, *keys.presence, *keys.moderation, keys.hooks}


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
