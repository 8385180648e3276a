"""Redis's replies, shaped as redis-py does it."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from wschat.redis_link import Call, PrimaryLink
from wschat.redis_link.replies import shaped

COMMANDS = [
    ("XRANGE", "stream", "-", "+"),
    ("XREVRANGE", "stream", "+", "-", "COUNT", 1),
    ("XRANGE", "missing", "-", "+"),
    ("HSCAN", "hash", 0),
    ("HSCAN", "missing", 0),
    ("SCAN", 0, "MATCH", "str*", "COUNT", 100),
    ("HMGET", "hash", "a", "missing"),
    ("ZRANGE", "set", 0, -1),
    ("GET", "missing"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(map(str, words)))
async def test_replies_have_the_shape_that_redis_py_gives_them(
    words: tuple[str, ...], link: PrimaryLink, redis: Redis
) -> None:
    """A reader who knows redis-py finds the shapes they expect."""
    await redis.xadd("stream", {"m": "one", "n": ""}, "1-0")
    await redis.xadd("stream", {"m": "two"}, "2-0")
    await redis.hset("hash", mapping={"a": "1", "b": "2"})
    await redis.zadd("set", {"x": 1, "y": 2})
    assert await link.execute(Call.command(*words)) == await redis.execute_command(*words)


async def test_info_has_whole_numbers_as_such(link: PrimaryLink, redis: Redis) -> None:
    """Zero is false, as redis-py has it."""
    expected = await redis.info("persistence")
    found = await link.execute(Call.command("INFO", "persistence"))
    assert found.keys() == expected.keys()
    assert found["aof_enabled"] == expected["aof_enabled"]
    assert found["rdb_last_bgsave_status"] == "ok"


def test_errors_have_no_shape() -> None:
    """Nor have the replies to commands that aren't listed."""
    problem = RuntimeError()
    assert shaped("XRANGE", problem) is problem
    assert shaped("GET", b"1") == b"1"
