"""A primary with its replicas, and the sentinels that watch it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..redis_server import RedisServer
from .engine import READY, Engine, good_replicas, hosts, query, role_of, wait_until

NAME = "chat"  # that the sentinels give the primary
DOWN_AFTER = 2000  # ms; the same in docs/operations.md
# What docs/operations.md asks for.
SAFE = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "2", "--repl-diskless-sync-delay", "0")


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


def ask(sentinel: RedisServer, *words: str | int) -> Any:
    """The sentinel's reply to SENTINEL with these words."""
    return query(sentinel, "SENTINEL", *words, timeout=2.0)
