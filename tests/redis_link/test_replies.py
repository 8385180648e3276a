"""Redis's replies, shaped as redis-py does it."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from wschat.redis_link import Call, PrimaryLink, whole
from wschat.redis_link.replies import shaped
from wschat.redis_link.scripts import PARTS

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


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("9" * 15, 10**15 - 1), ("9" * 16, None), ("9" * 5000, None), ("", None), ("-1", None),
     ("1.5", None), ("1e3", None), (" 1", None), ("1\n", None), ("²", None), ("٣", None)],
)  # fmt: skip
async def test_a_whole_number_is_what_it_is_for_the_scripts(
    text: str, number: int | None, link: PrimaryLink, redis: Redis
) -> None:
    """Nobody sees a number in a value in which Redis's side sees none."""
    assert whole(text) == whole(text.encode()) == number
    source = (PARTS / "values.lua").read_text(encoding="utf-8") + "\nreturn whole(ARGV[1]) or false"
    assert await redis.eval(source, 0, text) == number


def test_a_missing_value_is_no_number() -> None:
    """Nor are bytes that aren't text."""
    assert whole(None) is None
    assert whole(b"\xff1") is None
