"""A Redis Cluster."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from redis.crc import key_slot
from redis.exceptions import RedisError

from ..redis_server import RedisServer
from .engine import READY, Engine, good_replicas, hosts, query, wait_until

SLOTS = 16384


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
        """The claims of all servers, read at most ten times a second: epoch, slots, port."""
        if time.monotonic() - self._asked > 0.1:
            self._told = [claim for server in self.servers if server.is_running for claim in _claims_of(server)]
            self._asked = time.monotonic()
        return self._told

    def _is_whole(self, server: RedisServer) -> bool:
        words = nodes_of(server)
        replicas = sum("slave" in one[2] for one in words)
        info = ask_cluster(server, "INFO").decode()
        return replicas == len(self.servers) - self._count and "cluster_state:ok" in info


def ask_cluster(server: RedisServer, *words: str | int | bytes, timeout: float = 5.0) -> Any:
    """The server's reply to CLUSTER with these words."""
    return query(server, "CLUSTER", *words, timeout=timeout)


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


def id_of(server: RedisServer) -> str:
    found: str = ask_cluster(server, "MYID").decode()
    return found
