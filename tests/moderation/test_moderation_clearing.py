"""Clearing a room: recorded when it is done, and whole, also where a backup is just being restored."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import backup, restore
from wschat.broker import clear_room
from wschat.errors import RedisRejected, RedisUnavailable
from wschat.redis_link import RedisLink

from ..support import Nodes, join
from ..support.moderation import act, moderator, refused_act


async def test_a_room_that_could_not_be_cleared_is_not_recorded_as_cleared(
    node: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis goes away in between; when the moderator tries again, there is one act, and the room is empty."""
    mod = await moderator(node)
    await mod.posts("x")

    async def fails(*_: object) -> None:
        raise RedisUnavailable("gone")

    room = node.nodes[0].rooms.open("chat")
    with monkeypatch.context() as patch:
        patch.setattr(room.moderation._acts, "_clear", fails)
        await refused_act(mod, "clear")
    assert (await act(mod, "barred"))["acts"] == []
    await act(mod, "clear")
    assert [one["act"] for one in (await act(mod, "barred"))["acts"]] == ["clear"]
    assert (await mod.gets("reset"))["messages"] == []


async def test_a_cleared_room_is_empty_at_once_on_every_node(two_nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who comes after it is shown what was erased, even if no node looks into Redis by itself."""
    for node in two_nodes.nodes:
        await node.poller.stop()
    mod, ann = await moderator(two_nodes), await join(two_nodes.ws(1), "Ann")
    await mod.posts("x")
    await ann.hears("x")
    await act(mod, "clear")
    assert (await ann.gets("reset"))["cleared"]
    assert (await mod.gets("reset"))["messages"] == []


async def test_a_room_that_is_cleared_while_it_is_restored_does_not_get_half_of_it(
    node: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made ready is erased too; the restore says so, and the room stays empty."""
    mod = await moderator(node)
    await mod.posts_many(f"text {number}" for number in range(3))
    await mod.send("react", ref="r", seq=1, emoji="👍")
    await mod.gets("done", ref="r")
    archive = await backup(link)
    pipeline, sent = link.pipeline, list[Any]()

    async def clearing(calls: Any) -> Any:
        replies = await pipeline(calls)
        if calls[0].args[0] == "ZADD" or (calls[0].args[0] == "DEL" and ":reactions:" in calls[0].args[1]):
            sent.append(await redis.exists("{chat}:log:restoring", "{chat}:reactions:restoring:1"))
            await clear_room(link, "chat")
            assert [key async for key in redis.scan_iter("*:restoring*")] == []
        return replies

    monkeypatch.setattr(link, "pipeline", clearing)
    with pytest.raises(RedisRejected, match="the room was cleared, or restored by somebody else, meanwhile"):
        await restore(link, archive)
    assert sent == [2]
    assert await redis.exists("{chat}:log") == 0
