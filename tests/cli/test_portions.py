"""What a command reads from Redis comes in portions: none holds up Redis for long, and there are few of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from redis.asyncio import Redis

from wschat.admin import Eraser, RoomBars
from wschat.admin.portions import PORTION, form_portions, hash_portions, portions, whole_hash
from wschat.model import Person
from wschat.moderation.acts import BARS_MAX
from wschat.redis_link import Call, CallResult, RedisLink

BAR = '0 1 digest {"person":{"id":"p%d","name":"Ann"},"act":"mute","by":{"id":"o","name":"O"},"time":""}'
CALLS_MAX = 20  # for a room with as many bars as it can have


@pytest.fixture
def calls(link: RedisLink, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many calls each round trip to Redis had."""
    sent: list[int] = []
    pipeline = link.pipeline

    async def counted(calls: Sequence[Call]) -> list[CallResult]:
        sent.append(len(calls))
        return await pipeline(calls)

    monkeypatch.setattr(link, "pipeline", counted)
    return sent


def test_the_last_portion_is_what_is_left() -> None:
    """No item is lost, none comes twice, and nothing is no portion."""
    assert list(portions(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(portions("abcd", 2)) == [["a", "b"], ["c", "d"]]
    assert list(portions(())) == []


async def test_a_large_hash_is_read_in_portions(redis: Redis, link: RedisLink) -> None:
    """A small one may come at once, as Redis stores it."""
    fields: dict[Any, Any] = {f"field {number}": f"value {number}" for number in range(5 * PORTION)}
    await redis.hset("hash", mapping=fields)
    assert max([len(one) async for one in hash_portions(link, "hash")]) < 2 * PORTION
    assert await whole_hash(link, "hash") == {name.encode(): value.encode() for name, value in fields.items()}
    assert await whole_hash(link, "missing") == {}


async def test_forms_are_read_by_number(redis: Redis, link: RedisLink) -> None:
    """A field that is no number is another program's, as is a key of another type."""
    await redis.hset("{chat}:amended", mapping={"3": "form", "x": "nothing"})
    assert [one async for one in form_portions(link, link.keys("chat"))] == [[(3, b"form")]]
    await redis.set("{chat:other}:amended", "text")
    assert [one async for one in form_portions(link, link.keys("other"))] == []


async def test_many_bars_need_few_calls(redis: Redis, link: RedisLink, calls: list[int]) -> None:
    """One call for each bar would take a second with `--all-rooms` and a Redis that isn't near."""
    await redis.hset("{chat}:barred", mapping={f"mute:p{number}": BAR % number for number in range(BARS_MAX)})
    bars = RoomBars(link, "chat", Person("o", "O"))
    assert len(await bars.barred_with("digest")) == BARS_MAX
    assert sum(calls) < CALLS_MAX
    calls.clear()
    assert (await Eraser(link, "Ann").find("chat")).has_moderation_traces
    assert sum(calls) < CALLS_MAX + 2 * BARS_MAX  # an EXISTS for each of their addresses and mutes, in one round trip
    assert len(calls) < CALLS_MAX


@pytest.mark.parametrize("length", [16_000, 300])
async def test_long_forms_hold_redis_up_for_a_moment_only(redis: Redis, link: RedisLink, length: int) -> None:
    """Few come at once, also for `backup` and `forget`: it was 81 ms a call. Short ones need few calls."""
    await redis.hset("{chat}:amended", mapping={str(number): "x" * length for number in range(1000)})
    await redis.config_resetstat()
    forms = [one async for portion in form_portions(link, link.keys("chat")) for one in portion]
    assert sorted(number for number, _ in forms) == list(range(1000))
    scans = (await redis.info("commandstats"))["cmdstat_hscan"]
    assert scans["usec_per_call"] < 5000
    assert scans["calls"] <= max(4, 1000 * length / 250_000)
