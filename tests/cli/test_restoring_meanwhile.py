"""What others do while a backup is restored."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from wschat.admin import Archive, moderators_link, restore
from wschat.admin.archive import ArchivedRoom, Header, ModerationData
from wschat.redis_link import TOKEN_KEY, Call, RedisLink, RoomKeys

RULES = RoomKeys("k").rules


async def test_a_link_that_is_revoked_during_a_restore_stays_so(
    redis: Redis, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its operator was told so, and the link that took its place is valid."""
    await redis.set(TOKEN_KEY, "key")
    await moderators_link(link, "k", revoke=False)
    former = await redis.hget(RULES, "generation")
    transaction = link.transaction

    async def revoked_before(calls: Sequence[Call]) -> list[object]:
        await moderators_link(link, "k", revoke=True)
        return await transaction(calls)

    monkeypatch.setattr(link, "transaction", revoked_before)
    rules = {"generation": "of the backup", "topic": "of the backup"}
    await restore(
        link, Archive(Header(0, "0.1.0"), [ArchivedRoom("k", 1, {1: "entry"}, {}, moderation=ModerationData(rules))])
    )
    assert await redis.hget(RULES, "generation") not in (former, b"of the backup")
    assert await redis.hget(RULES, "topic") == b"of the backup"


async def test_rules_that_a_backup_lacks_go_with_a_restore(redis: Redis, link: RedisLink) -> None:
    """A room that was open when it was copied is open again."""
    await redis.hset(RULES, mapping={"version": 7, "locked": 1, "generation": "g"})
    await restore(
        link, Archive(Header(0, "0.1.0"), [ArchivedRoom("k", 0, {}, {}, moderation=ModerationData({"topic": "t"}))])
    )
    assert await redis.hgetall(RULES) == {b"version": b"8", b"topic": b"t", b"generation": b"g"}
