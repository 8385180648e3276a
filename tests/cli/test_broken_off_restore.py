"""A restore that is broken off leaves nothing for long, and nothing that another one would take for its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import Archive, backup, erase_prepared, prepared_keys, restore
from wschat.admin.archive import ArchivedRoom, Form, Header
from wschat.errors import RedisRejected
from wschat.redis_link import Call, CallResult, RedisLink

from ..support import Nodes
from ..support.program import Program
from ..support.rewrites import files

LEFT_FOR = 3600  # s


class BrokenOff(Exception):
    """The operator's Ctrl-C."""


def archive(forms: dict[int, Form], count: int = 3) -> Archive:
    """One room with so many messages."""
    return Archive(
        Header(0, "0.1.0"), [ArchivedRoom("k", count, {n: f"entry {n}" for n in range(1, count + 1)}, forms)]
    )


def form(number: int, *members: str) -> Form:
    return Form(number, f"form {number}", [(member, 1e14 + place) for place, member in enumerate(members)])


async def break_off(link: RedisLink, monkeypatch: pytest.MonkeyPatch, copy: Archive) -> None:
    """Restore a backup, but for the last step."""

    async def breaks(*_: object) -> None:
        raise BrokenOff

    with monkeypatch.context() as broken:
        broken.setattr(import_module("wschat.admin.restore"), "replace_room", breaks)
        with pytest.raises(BrokenOff):
            await restore(link, copy)


async def test_a_restore_after_a_broken_one_has_only_its_own_reactions(
    redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the backup that comes second nobody has reacted to the message."""
    await break_off(link, monkeypatch, archive({1: form(1, "👍\tann"), 2: form(2, "👍\tann")}))
    await restore(link, archive({1: form(1), 2: form(2, "👎\tbob")}))
    assert await redis.exists("{chat:k}:reactions:1") == 0
    assert await redis.zrange("{chat:k}:reactions:2", 0, -1) == ["👎\tbob".encode()]


@pytest.mark.parametrize("said", [0, 1])
async def test_what_was_prepared_is_erased_with_a_person(
    node: Nodes, redis: Redis, link: RedisLink, program: Program, monkeypatch: pytest.MonkeyPatch, said: int
) -> None:
    """It may have texts of the person, whether or not the rooms have any: nobody has searched it."""
    (ann,) = await node.join("Ann")
    await ann.posts_many(["hello"] * said)
    await break_off(link, monkeypatch, archive({1: form(1, "👍\tann")}))
    assert b"entry 1" in await files(redis)
    done = await program.tried("forget", "--person", "Ann", "--yes")
    what = f"{said} message{'s' * (not said)} and 0 reactions in {said} room{'s' * (not said)}"
    assert done.output == f"Erased {what}, and what a restore has prepared\n"
    sentence = "Error: Found nothing about anybody with the name or id Ann in any room.\n"
    assert (done.code, done.errors) == ((0, "") if said else (2, sentence))
    assert [key async for key in redis.scan_iter("*restoring*")] == []
    assert b"entry 1" not in await files(redis)
    assert (await program.tried("forget", "--person", "Ann", "--yes")).code == 2


async def test_a_restore_whose_room_is_erased_before_it_is_in_place_says_so(
    redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It puts nothing into the room of what somebody has erased meanwhile."""
    module = import_module("wschat.admin.restore")
    replace_room = module.replace_room

    async def erased_before(*args: Any) -> None:
        await erase_prepared(link)
        await replace_room(*args)

    monkeypatch.setattr(module, "replace_room", erased_before)
    with pytest.raises(RedisRejected, match="cleared, or restored by somebody else, meanwhile"):
        await restore(link, archive({1: form(1, "👍\tann")}))
    assert [key async for key in redis.scan_iter("{chat:k}*")] == []


@pytest.mark.parametrize("count", [0, 3])
async def test_a_restore_puts_no_part_of_a_room_in_place(
    redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """What was prepared is erased key by key, the log first and then the forms: each that is missing is noticed."""
    module = import_module("wschat.admin.restore")
    replace_room = module.replace_room
    kinds: list[str] = []

    async def erased_in_part(*args: Any) -> None:
        prepared = await prepared_keys(link)
        kinds.extend(key.partition("}:")[2] for key in prepared)
        await redis.delete(prepared[0])
        await replace_room(*args)

    monkeypatch.setattr(module, "replace_room", erased_in_part)
    with pytest.raises(RedisRejected, match="cleared, or restored by somebody else, meanwhile"):
        await restore(link, archive({1: form(1, "👍\tann")}, count))
    assert [key async for key in redis.scan_iter("{chat:k}*")] == []  # it leaves nothing that nobody searches any more
    log = ["log:restoring"] if count else []
    assert kinds == [*log, "amended:restoring", "reactions:restoring:1"]


async def answers(redis: Redis) -> set[bytes]:
    """The keys of those that clients may ask for again."""
    return {key async for key in redis.scan_iter() if b":sent:" in key or b":changed:" in key}


async def test_what_is_made_ready_has_an_end_at_any_moment(
    redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken off after each of its portions: the text of a room would stay in the memory and in the files for ever."""
    people = [f"👍\tperson-{number}" for number in range(600)]
    copy = archive({number: form(number, *people[: 600 // number]) for number in range(1, 600)}, count=1200)
    pipeline, left, seen = link.pipeline, [0], 0

    async def breaks(calls: Sequence[Call]) -> list[CallResult]:
        left[0] -= 1
        if left[0] < 0:
            raise BrokenOff
        return await pipeline(calls)

    monkeypatch.setattr(link, "pipeline", breaks)
    for portions in range(2, 14):
        left[0] = portions
        with pytest.raises(BrokenOff):
            await restore(link, copy)
        ends = {key: await redis.ttl(key) async for key in redis.scan_iter("*restoring*")}
        assert {key for key, seconds in ends.items() if not 0 < seconds <= LEFT_FOR} == set()
        seen = max(seen, len(ends))
    assert seen > 5  # keys: the log, the forms, and reactions


async def test_an_answer_about_a_lost_post_is_not_given_again(node: Nodes, redis: Redis, link: RedisLink) -> None:
    """The client that sends it once more has it stored; the answers about what the backup has stay as they are."""
    (ann,) = await node.join("Ann")
    await ann.posts("one", "id-one")
    await ann.send("edit", ref="e", seq=1, text="uno")
    await ann.gets("done", ref="e")
    copy = await backup(link)
    before = await answers(redis)
    await ann.posts("two", "id-two")
    await ann.send("edit", ref="f", seq=3, text="due")
    await ann.gets("done", ref="f")
    assert await ann.posts("late", "id-late") == 5
    await restore(link, copy)
    await ann.gets("reset")
    assert await answers(redis) == before
    assert await ann.posts("one", "id-one") == 1
    assert await ann.posts("late", "id-late") == 3
    assert await redis.xlen("{chat}:log") == 3
