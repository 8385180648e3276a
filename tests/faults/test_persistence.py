"""At start the server looks at what its Redis would lose, and says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from wschat.redis_link import find_redis

from ..support.redis import embedded_binary
from ..support.redis_server import RedisServer

DEBIAN = shutil.which("redis-server")


@pytest.fixture(params=["embedded", "debian"])
def binary(request: pytest.FixtureRequest) -> Path:
    if request.param == "embedded":
        return embedded_binary()
    if DEBIAN is None:
        pytest.skip("no redis-server here")
    return Path(DEBIAN)


@pytest.mark.parametrize(("options", "append_only", "words"), [
    ((), True, ""),
    ((), False, "persistence is off"),
    (("--save", "60 1"), False, "saves only snapshots"),
    (("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"), True, "evicts messages"),
    (("--maxmemory", "100mb", "--maxmemory-policy", "noeviction"), True, ""),
])  # fmt: skip
def test_a_redis_that_may_lose_messages_is_warned_about(
    tmp_path: Path, binary: Path, options: tuple[str, ...], append_only: bool, words: str
) -> None:
    """The server logs no warning about a Redis that keeps everything."""
    redis = RedisServer(tmp_path / "redis", *options, append_only=append_only, binary=binary).start()
    try:
        warnings = find_redis(redis.url, tmp_path).warnings
        assert [words in warning for warning in warnings] == [True] * bool(words)
    finally:
        redis.stop()
