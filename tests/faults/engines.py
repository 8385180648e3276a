"""Several Redis servers as one: a primary with its replicas and sentinels, and a cluster. All of them real ones."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from .redis_server import RedisServer

NAME = "chat"  # that the sentinels give the primary
DOWN_AFTER = 2000  # ms; the same in docs/operations.md
SLOTS = 16384
READY = 20.0  # s
# What docs/operations.md asks for.
SAFE = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "2", "--repl-diskless-sync-delay", "0")


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
    """What a world asks of its Redis, over several `servers`."""

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
        """How many clients the primaries have."""
        return sum(server.connections() for server in self.primaries())

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


class SentinelSet(Engine):
    """A primary, two replicas and three sentinels. `options` are those of the servers."""

    def __init__(
        self, folder: Path, *, options: Sequence[str] = (), credentials: str = "", replicas: int = 2,
        sentinels: int = 3, binary: Path | None = None, tls: tuple[Path, Path] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._scheme = "rediss" if tls else "redis"
        self._credentials = credentials
        self.servers = [
            RedisServer(folder / f"redis{number}", *SAFE, *options, binary=binary, tls=tls)
            for number in range(1 + replicas)
        ]
        self.sentinels = [
            RedisServer(folder / f"sentinel{number}", binary=binary, kind="sentinel", tls=tls)
            for number in range(sentinels)
        ]

    @property
    def url(self) -> str:
        return f"{self._scheme}+sentinel://{self._credentials}{hosts(self.sentinels)}/{NAME}"

    def start(self) -> SentinelSet:
        for server in self.servers:
            server.launch()
        first, *replicas = self.servers
        for server in self.servers:
            server.wait()
        for replica in replicas:
            replica.client.replicaof("127.0.0.1", str(first.public_port))
        wait_until(lambda: good_replicas(first) == len(replicas), "the replicas are in step")
        for sentinel in self.sentinels:
            sentinel.launch()
        for sentinel in self.sentinels:
            sentinel.wait()
            ask(sentinel, "MONITOR", NAME, "127.0.0.1", first.public_port, len(self.sentinels) // 2 + 1)
            ask(sentinel, "SET", NAME, "down-after-milliseconds", DOWN_AFTER, "failover-timeout", 10000)
        wait_until(lambda: all(map(self._knows_all, self.sentinels)), "the sentinels know each other")
        return self

    def stop(self) -> None:
        super().stop()
        for sentinel in self.sentinels:
            sentinel.stop()

    def primaries(self) -> list[RedisServer]:
        return [self.owner()]

    def owner(self, tag: str = "chat") -> RedisServer:
        """The one that most sentinels name."""
        ports = [int(ask(sentinel, "GET-MASTER-ADDR-BY-NAME", NAME)[1]) for sentinel in self.sentinels]
        return self.by_port(max(ports, key=ports.count))

    def in_step(self) -> None:
        """Wait until the replicas have everything that the primary had at this moment."""
        primary = self.owner()
        offset = primary.client.info("replication")["master_repl_offset"]
        replicas = [server for server in self.servers if server is not primary]
        wait_until(
            lambda: all(one.client.info("replication")["slave_repl_offset"] >= offset for one in replicas),
            "the replicas are in step",
        )

    def failover(self, *words: str) -> None:
        """An ordered one."""
        ask(self.sentinels[0], "FAILOVER", NAME, *words)

    def promoted(self, before: RedisServer, timeout: float = READY) -> float:
        """Seconds until another server is the primary."""

        def is_there() -> bool:
            return any(
                server is not before and server.is_running and role_of(server) == "master" for server in self.servers
            )

        return wait_until(is_there, "another primary", timeout)

    def _knows_all(self, sentinel: RedisServer) -> bool:
        words = ask(sentinel, "MASTER", NAME)
        facts = dict(zip(words[::2], words[1::2]))
        return (
            int(facts[b"num-slaves"]) == len(self.servers) - 1
            and int(facts[b"num-other-sentinels"]) == len(self.sentinels) - 1
            and b"handshake" not in b"".join(b"".join(words) for words in ask(sentinel, "REPLICAS", NAME))
        )


class Cluster(Engine):
    """Three primaries, each with a replica (the second half of `servers`). `options` are those of the servers."""

    def __init__(
        self, folder: Path, *, options: Sequence[str] = (), credentials: str = "", primaries: int = 3,
        replicas: int = 1, binary: Path | None = None, tls: tuple[Path, Path] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._scheme = "rediss" if tls else "redis"
        self._credentials = credentials
        self._count = primaries
        self._asked = 0.0
        self._told: list[tuple[int, range, int]] = []
        own = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"]
        own += ["--repl-diskless-sync-delay", "0"]
        self.servers = [
            RedisServer(folder / f"redis{number}", *own, *options, binary=binary, kind="cluster", tls=tls)
            for number in range(primaries * (1 + replicas))
        ]

    @property
    def url(self) -> str:
        return f"{self._scheme}+cluster://{self._credentials}{hosts(self.servers)}"

    def start(self) -> Cluster:
        for server in self.servers:
            server.launch()
        for server in self.servers:
            server.wait()
        first = self.servers[0]
        share = -(-SLOTS // self._count)
        for number, server in enumerate(self.servers[: self._count]):
            last = min(SLOTS, (number + 1) * share) - 1
            ask_cluster(server, "ADDSLOTSRANGE", number * share, last)
            ask_cluster(server, "SET-CONFIG-EPOCH", number + 1)
        for server in self.servers[1:]:
            ask_cluster(server, "MEET", "127.0.0.1", first.public_port)
        wait_until(lambda: all(len(nodes_of(one)) == len(self.servers) for one in self.servers), "all nodes have met")
        for number, server in enumerate(self.servers[self._count :]):
            ask_cluster(server, "REPLICATE", id_of(self.servers[number % self._count]))
        wait_until(lambda: all(self._is_whole(server) for server in self.servers), "the cluster is whole")
        if len(self.servers) > self._count:
            wait_until(lambda: all(map(good_replicas, self.servers[: self._count])), "the replicas are in step")
        return self

    def primaries(self) -> list[RedisServer]:
        return list({self.by_port(self._owner_of(slot)): None for slot in range(0, SLOTS, 100)})

    def owner(self, tag: str = "chat") -> RedisServer:
        return self.by_port(self._owner_of(key_slot(tag.encode())))

    def slots_of(self, server: RedisServer) -> range:
        """Some that it has."""
        return next(slots for _, slots, port in self._claims() if port == server.port)

    def _owner_of(self, slot: int) -> int:
        """The port of the server whose claim is the newest."""
        return max((epoch, port) for epoch, slots, port in self._claims() if slot in slots)[1]

    def move_at_once(self, tag: str, to: RedisServer) -> float:
        """Seconds of Valkey's own atomic migration of a room's slot."""
        slot = key_slot(tag.encode())
        ask_cluster(self.owner(tag), "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", id_of(to))
        return wait_until(lambda: self.owner(tag) is to, "the slot has moved")

    def move_key_by_key(self, tag: str, to: RedisServer, pause: float = 0.05) -> float:
        """The way of redis-cli --cluster reshard. Seconds that it took."""
        slot, source, start = key_slot(tag.encode()), self.owner(tag), time.monotonic()
        ask_cluster(to, "SETSLOT", slot, "IMPORTING", id_of(source))
        ask_cluster(source, "SETSLOT", slot, "MIGRATING", id_of(to))
        while keys := ask_cluster(source, "GETKEYSINSLOT", slot, 10):
            source.client.execute_command("MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", *keys)
            time.sleep(pause)
        for server in (to, source, *(one for one in self.primaries() if one not in (to, source))):
            ask_cluster(server, "SETSLOT", slot, "NODE", id_of(to))
        return time.monotonic() - start

    def promoted(self, before: RedisServer, tag: str, timeout: float = READY) -> float:
        """Seconds until the room's slot is another server's."""
        return wait_until(lambda: self.owner(tag) is not before, "another primary", timeout)

    def _claims(self) -> list[tuple[int, range, int]]:
        """What all servers say, as they are asked at most ten times a second: epoch, slots, port."""
        if time.monotonic() - self._asked > 0.1:
            self._told = [claim for server in self.servers if server.is_running for claim in _claims_of(server)]
            self._asked = time.monotonic()
        return self._told

    def _is_whole(self, server: RedisServer) -> bool:
        words = nodes_of(server)
        replicas = sum("slave" in one[2] for one in words)
        info = ask_cluster(server, "INFO").decode()
        return replicas == len(self.servers) - self._count and "cluster_state:ok" in info


def hosts(servers: Sequence[RedisServer]) -> str:
    """As they stand in an URL."""
    return ",".join(f"127.0.0.1:{server.public_port}" for server in servers)


def ask(sentinel: RedisServer, *words: str | int) -> Any:
    """What SENTINEL with these words answers, as it comes."""
    client = Redis(port=sentinel.port, socket_timeout=2.0, protocol=2)
    client.response_callbacks.clear()
    with client:
        return client.execute_command("SENTINEL", *words)


def ask_cluster(server: RedisServer, *words: str | int | bytes, timeout: float = 5.0) -> Any:
    client = Redis(port=server.port, socket_timeout=timeout, protocol=2)
    client.response_callbacks.clear()
    with client:
        return client.execute_command("CLUSTER", *words)


def nodes_of(server: RedisServer) -> list[list[str]]:
    return [line.split() for line in ask_cluster(server, "NODES", timeout=0.2).decode().splitlines()]


def _claims_of(server: RedisServer) -> list[tuple[int, range, int]]:
    claims = []
    with suppress(RedisError, OSError):
        for words in nodes_of(server):
            port = int(words[1].partition("@")[0].rpartition(":")[2])
            for first, _, last in (each.partition("-") for each in words[8:] if not each.startswith("[")):
                if "master" in words[2].split(","):
                    claims.append((int(words[6]), range(int(first), int(last or first) + 1), port))
    return claims


def role_of(server: RedisServer) -> str:
    """ "master" or "slave"."""
    role: str = server.client.execute_command("ROLE")[0].decode()
    return role


def id_of(server: RedisServer) -> str:
    found: str = ask_cluster(server, "MYID").decode()
    return found


def good_replicas(server: RedisServer) -> int:
    """How many replicas are in step with it."""
    found: Any = server.client.info("replication")
    return int(found.get("min_slaves_good_slaves", found.get("connected_slaves", 0)))
