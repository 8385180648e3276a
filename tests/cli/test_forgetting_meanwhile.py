"""What moderators do while a person is forgotten stays, in its order, and doesn't have the name either."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import Eraser
from wschat.redis_link import Call, RedisLink

from ..support import Nodes, join
from ..support.moderation import act, id_of, moderator


@pytest.mark.parametrize("then", ["mute", "let_in"])
async def test_acts_that_come_while_a_person_is_forgotten_stay(
    node: Nodes, redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """They are recorded, and in force: a bar that was lifted meanwhile doesn't come back."""
    mia, ann = await moderator(node), await join(node.ws(), "Ann Smith")
    await act(mia, "topic", text="before")
    await act(mia, "mute", person=id_of(ann), seconds=600)
    transaction, todo = link.transaction, [then]

    async def late(calls: Sequence[Call]) -> list[Any]:
        if todo:
            await act(mia, todo.pop(), person=id_of(ann), **({"seconds": 900} if then == "mute" else {}))
        return await transaction(calls)

    monkeypatch.setattr(link, "transaction", late)
    await Eraser(link, id_of(ann)).forget_in_order("chat", {id_of(ann)})
    lists = await act(mia, "barred")
    assert [one["act"] for one in lists["acts"]] == [then, "mute", "topic"]
    assert [one["person"]["name"] for one in lists["acts"][:2]] == ["—", "—"]
    assert [one["person"]["name"] for one in lists["barred"]] == (["—"] if then == "mute" else [])
    assert "Smith" not in str([await redis.xrange("{chat}:acts"), await redis.hgetall("{chat}:barred")])
    assert await redis.ttl("{chat}:acts") == -1
