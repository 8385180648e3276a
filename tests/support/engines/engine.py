"""The common part of several Redis servers that act as one."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from ..redis_server import RedisServer

READY = 20.0  # s


def wait_until(true: Callable[[], object], what: str, timeout: float = READY) -> float:
    """Seconds until it is true; a server that doesn't answer yet makes it false."""
    start = time.monotonic()
    while True:
        with suppress(RedisError, OSError):
            if true():
                return time.monotonic() - start
        assert time.monotonic() - start < timeout, f"not within {timeout:g} s: {what}"
        time.sleep(0.02)


class Engine(ABC):
    """The interface that a world needs of its Redis, over several `servers`."""

    def __init__(self) -> None:
        self.servers: list[RedisServer] = []

    @abstractmethod
    def primaries(self) -> list[RedisServer]:
        """Those that hold the rooms now."""

    @abstractmethod
    def owner(self, tag: str = "chat") -> RedisServer:
        """The primary of a room."""

    def stop(self) -> None:
        for server in self.servers:
            server.stop()

    def connections(self) -> int:
        """The number of connections that nodes have to all servers."""
        return sum(server.connections() for server in self.servers if server.is_running)

    def log_of(self, tag: str = "chat") -> list[tuple[int, bytes]]:
        return self.owner(tag).log_of(tag)

    def position_of(self, tag: str = "chat") -> tuple[str, int]:
        return self.owner(tag).position_of(tag)

    def everything(self) -> bytes:
        """All that a command can read of all keys."""
        return b"\n".join(server.everything() for server in self.primaries())

    def by_port(self, port: int) -> RedisServer:
        (server,) = [server for server in self.servers if port in (server.port, server.public_port)]
        return server


def hosts(servers: Sequence[RedisServer]) -> str:
    """As they stand in an URL."""
    return ",".join(f"127.0.0.1:{server.public_port}" for server in servers)


def query(server: RedisServer, *words: str | int | bytes, timeout: float = 5.0) -> Any:
    """The server's reply to a command, as it comes."""
    client = Redis(port=server.port, socket_timeout=timeout, protocol=2)
    client.response_callbacks.clear()
    with client:
        return client.execute_command(*words)


def role_of(server: RedisServer) -> str:
    """ "master" or "slave"."""
    role: str = server.client.execute_command("ROLE")[0].decode()
    return role


def good_replicas(server: RedisServer) -> int:
    """How many replicas are in step with it."""
    found: Any = server.client.info("replication")
    return int(found.get("min_slaves_good_slaves", found.get("connected_slaves", 0)))
