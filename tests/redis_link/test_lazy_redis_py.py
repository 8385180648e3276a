"""Of redis-py, the chat loads the connections alone, and others find all of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

BIG = {"redis.client", "redis.asyncio.client", "redis.cluster", "redis.commands"}
# What a server and the commands use: a blocking connection, and the link with its subscription.
USE = """
import asyncio, sys
import wschat.app.start, wschat.app.node, wschat.admin
from wschat.redis_link import Call, PrimaryLink, engine
from wschat.redis_link.probe import Probe, find_trouble

async def use(url):
    link = PrimaryLink(url)
    await link.start()
    await link.execute(Call.command("INFO", "server"))
    await link.stop()

assert find_trouble(sys.argv[1]) is None
with Probe(sys.argv[1]) as client:
    client.config("save")
asyncio.run(use(sys.argv[1]))
"""

OTHERS = """
import sys, wschat.redis_link
from redis import Redis
import redis.asyncio as later
assert Redis.from_url(sys.argv[1]).ping()
assert later.Redis.from_url(sys.argv[1])
import redis
assert redis.__version__
assert redis.cluster.RedisCluster is redis.RedisCluster
print(hasattr(redis, "no_such_name"))
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_redis_py_is_loaded_in_part(redis_server: str) -> None:
    """All of it would take 50 ms of each start, and 8 MB of each process."""
    done = run(USE + "print(*(name for name in sys.modules if name.startswith('redis')))", redis_server)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "redis.asyncio.connection" in loaded
    assert not BIG & loaded


@pytest.mark.parametrize("first", ["", "import redis, redis.asyncio"], ids=["after the chat", "before the chat"])
def test_others_find_all_of_redis_py(first: str, redis_server: str) -> None:
    """Whatever else runs in the process may use its clients."""
    done = run(first + OTHERS, redis_server)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr


@pytest.mark.parametrize(
    "first",
    [
        "from redis.asyncio import Redis",
        "from redis import Redis",
        "import redis.asyncio; redis.asyncio.Redis",
        "import redis; redis.__version__",
        "from redis import *; Redis",
        "from redis.client import Redis",
        "from redis.cluster import RedisCluster",
        "from redis.sentinel import Sentinel",
        "from redis.asyncio.client import Redis",
        "from redis.asyncio.cluster import RedisCluster",
        "from importlib.metadata import version; version('redis')",
    ],
)
def test_the_first_import_of_others_may_be_any(first: str) -> None:
    """The modules of redis-py import each other, which goes well in one order alone."""
    done = run("import wschat.redis_link, importlib\n" + first)
    assert done.returncode == 0, done.stderr


def test_a_missing_redis_py_is_named() -> None:
    """The error is the one that Python raises for any module that isn't installed."""
    done = run(
        "import importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'redis' else find(name, *rest)\n"
        "try:\n    import wschat.redis_link\nexcept ModuleNotFoundError as problem:\n    print(problem.name)"
    )
    assert done.stdout == "redis\n", done.stderr
