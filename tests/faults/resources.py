"""Resources that the processes of a world hold: memory, files, tasks, connections. After a fault all are released."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from wschat.redis_link.primary import CONNECTIONS

from .node import Holdings, Node
from .oracle import Broken

RECOVER = 30.0  # s after which nothing may be held that wasn't held before
CHECK_EVERY = 0.5  # s
SHARE = 1.05
# What a process may hold besides the 5 %: caches, a request.
SLACK_MEMORY, SLACK_FILES, SLACK_TASKS = 6 << 20, 4, 6


class Redis(Protocol):
    """One server, or an engine of several."""

    def connections(self) -> int: ...

    def primaries(self) -> Sequence[object]: ...


class Resources:
    """Of all `nodes` and of their Redis. `note` what they hold before a fault, `check` it after."""

    def __init__(self, redis: Redis, nodes: list[Node]) -> None:
        self._redis = redis
        self._nodes = nodes
        self._held: list[Holdings] = []
        self._connections = 0

    async def note(self) -> None:
        self._held = [await node.holds() for node in self._nodes]
        self._connections = self._redis.connections()

    async def check(self) -> None:
        """Wait until no more is held than was noted, if anything was. Raises Broken after RECOVER."""
        end = time.monotonic() + RECOVER
        while self._held:
            excess = _excess(self._held, [await node.holds() for node in self._nodes])
            connections = self._redis.connections()
            if connections > self._most_connections():
                excess.append(f"connections {self._connections} to {connections}")
            if not excess:
                return
            if time.monotonic() > end:
                raise Broken(f"held after {RECOVER:g} s: {', '.join(excess)}")
            await asyncio.sleep(CHECK_EVERY)

    def _most_connections(self) -> float:
        """A node opens connections to a primary when it needs them, up to its pool's size, and keeps them."""
        full_pools = len(self._nodes) * (1 + CONNECTIONS) * len(self._redis.primaries())
        return max(self._connections * SHARE, full_pools)


def _excess(before: list[Holdings], after: list[Holdings]) -> list[str]:
    """The growth of the nodes' holdings, in words. Files and tasks are added up: people move between nodes."""
    found = [
        f"memory {was.memory >> 20} to {now.memory >> 20} MiB"
        for was, now in zip(before, after)
        if now.memory > was.memory * SHARE + SLACK_MEMORY
    ]
    for what, slack in (("files", SLACK_FILES), ("tasks", SLACK_TASKS)):
        were, are = (sum(getattr(node, what) for node in nodes) for nodes in (before, after))
        if are > were * SHARE + slack * len(after):
            found.append(f"{what} {were} to {are}")
    return found
