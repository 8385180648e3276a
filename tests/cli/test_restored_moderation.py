"""The rules of a room and who is barred come back before its messages, all in one step, whatever stands there."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.access import Tokens
from wschat.admin import Archive, backup, restore
from wschat.errors import RedisRejected, RedisUnavailable
from wschat.redis_link import Call, RedisLink

from ..support import Nodes, visit
from ..support.moderation import act, id_of, moderator
from ..support.program import Program

KEYS = ("{chat}:log", "{chat}:meta", "{chat}:rules", "{chat}:barred", "{chat}:acts")


@pytest.fixture
async def copy(node: Nodes, link: RedisLink) -> Archive:
    """Of a room from which Eve is removed."""
    boss = await moderator(node)
    (eve,) = await node.join("Eve")
    await boss.posts("hello")
    await act(boss, "remove", person=id_of(eve), seconds=600)
    archive = await backup(link)
    await node.stop()
    return archive


async def dumps(redis: Redis) -> list[bytes | None]:
    return [await redis.dump(key) for key in KEYS]


async def test_whoever_was_removed_stays_out_while_a_room_is_restored(
    copy: Archive, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the messages come back, the bars are there already."""
    await redis.flushall()
    seen: list[Any] = []

    async def replace(*_: object) -> None:
        seen.append(await redis.hlen("{chat}:barred"))

    monkeypatch.setattr(import_module("wschat.admin.restore"), "replace_room", replace)
    await restore(link, copy)
    assert seen[0] > 0


async def test_rules_that_cannot_be_put_leave_the_room_as_it_was(
    copy: Archive, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis goes away before it has all of them."""
    before = await dumps(redis)

    async def fails(calls: object) -> None:
        raise RedisUnavailable("gone")

    monkeypatch.setattr(link, "transaction", fails)
    with pytest.raises(RedisUnavailable):
        await restore(link, copy)
    assert await dumps(redis) == before


async def test_a_room_that_was_cleared_meanwhile_keeps_its_bars(
    copy: Archive, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made ready is gone: neither the messages nor the rules of the backup take the room's place."""
    before, execute = await dumps(redis), link.execute

    async def clears(call: Call) -> Any:
        if call.args[0] == "XLEN":
            await redis.delete(link.keys("chat").beside("log"))
        return await execute(call)

    monkeypatch.setattr(link, "execute", clears)
    with pytest.raises(RedisRejected, match="meanwhile"):
        await restore(link, copy)
    assert await dumps(redis) == before


@pytest.mark.parametrize("version", ["junk", "-3", "9" * 400, "²"])
async def test_a_version_that_is_no_number_keeps_no_rules_from_coming_back(
    copy: Archive, redis: Redis, link: RedisLink, version: str
) -> None:
    """The new one is above that which nodes know."""
    await redis.hset("{chat}:rules", "version", version)
    await redis.hset("{chat}:meta", "rules", "7")
    await restore(link, copy)
    assert await redis.hmget("{chat}:rules", "version") == await redis.hmget("{chat}:meta", "rules") == [b"8"]


async def test_a_backup_of_a_room_that_has_lost_its_rules_has_its_bars(
    copy: Archive, nodes: Nodes, redis: Redis, link: RedisLink, program: Program, tmp_path: Path
) -> None:
    """Redis may have evicted the rules: whoever was removed stays out after the restore, and is listed."""
    await redis.delete("{chat}:rules")
    await program("backup", str(tmp_path / "copy"))
    await redis.flushall()
    await program("restore", str(tmp_path / "copy"))
    await nodes.start(1)
    person = next(name.partition(":")[2] for name in copy.rooms[0].moderation.barred if name.startswith("remove:"))
    eve = await visit(nodes.ws())
    await eve.send("hello", name="Eve", token=Tokens(copy.header.key).sign(person))
    await eve.is_refused("barred")
    (bar,) = (await program("bars", "chat", "--json")).json
    assert (bar["act"], bar["id"]) == ("remove", person)


async def test_a_backup_whose_version_is_no_number_is_restored(copy: Archive, redis: Redis, link: RedisLink) -> None:
    """Whatever stood in Redis when it was made."""
    copy.rooms[0].moderation.rules["version"] = "²"
    await redis.flushall()
    await restore(link, copy)
    assert await redis.hget("{chat}:rules", "version") == b"1"


@pytest.mark.parametrize("key", ["{chat}:rules", "{chat}:meta", "{chat}:acts"])
async def test_a_key_of_another_type_is_named_before_anything_is_restored(
    copy: Archive, redis: Redis, program: Program, tmp_path: Path, key: str
) -> None:
    """The exit code is 2, and the room is as it was."""
    await program("backup", str(tmp_path / "copy"))
    await redis.delete(key)
    await redis.rpush(key, "junk")
    before = await dumps(redis)
    done = await program.tried("restore", str(tmp_path / "copy"), "--yes")
    assert done.code == 2
    assert f"Nothing was restored. This key has the wrong type: {key}." in done.errors
    assert await dumps(redis) == before
