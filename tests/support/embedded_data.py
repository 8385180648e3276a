"""A data folder of the embedded Redis, with two rooms in it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from redis import Redis

from wschat.redis_link.embedded import EmbeddedRedis

META = "{chat}:meta"
ROOM_META = "{chat:kitchen}:meta"
# What `Data.epochs` finds after `begin`:
SAME = [b"first", b"first"]
NEW = [None, None]  # the next node to look makes one


class Data:
    """A data folder whose server starts and stops, with two rooms in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.embedded = EmbeddedRedis(folder)

    def start(self) -> Redis:
        self.embedded = EmbeddedRedis(self.folder)
        self.embedded.start()
        return Redis.from_url(self.embedded.url)

    def stop(self) -> None:
        self.embedded.release()

    def run(self, work: Callable[[Redis], object] = lambda client: None) -> None:
        """Start it, do this, and stop it."""
        with self.start() as client:
            work(client)
        self.stop()

    def crash(self, client: Redis) -> None:
        """SIGKILL for the server; the chat's own end notices nothing else."""
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
        self.stop()

    def epochs(self) -> list[bytes | str | None]:
        found: list[bytes | str | None] = []
        self.run(lambda client: found.extend(client.hget(key, "epoch") for key in (META, ROOM_META)))
        return found

    @property
    def increment(self) -> Path:
        """The file that commands are appended to."""
        return max((self.folder / "redis" / "appendonlydir").glob("*.incr.aof"))


def begin(client: Redis) -> None:
    for key in (META, ROOM_META):
        client.hset(key, mapping={"epoch": "first", "seq": 1})
