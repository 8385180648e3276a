"""The setting of the stories in test_model.py: a Redis, two nodes behind bad networks, a loop for the visitors."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from ..support.redis_server import RedisServer
from .node import UNLIMITED, Node
from .proxy import Proxy
from .visitor import Visitor
from .waiting import end_all

TIMEOUT = 6.0  # s for anything to happen: more than three polls, and twice twice a (short) lease

T = TypeVar("T")


def tell(story: Callable[[], RuleBasedStateMachine], seed: int, runs: int, steps: int) -> None:
    """Let Hypothesis try `runs` sequences of at most `steps` steps, the same ones for the same seed."""
    story._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]  # what @seed does to a class
    run_state_machine_as_test(story, settings=settings(  # type: ignore[arg-type]  # it only calls it
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    ))  # fmt: skip


@dataclass
class System:
    """Each node has few messages in memory, short leases, and a proxy of its own on its way to Redis."""

    redis: RedisServer
    loop: asyncio.AbstractEventLoop
    nodes: list[Node] = field(default_factory=list)
    proxies: list[Proxy] = field(default_factory=list)
    rooms: Iterator[int] = field(default_factory=itertools.count)
    posts: int = 0
    faults: int = 0

    def start(self, folder: Path) -> None:
        self.redis.start()
        for number in range(2):
            proxy = Proxy(("127.0.0.1", self.redis.port), random.Random(number))
            self.run(proxy.__aenter__())
            self.proxies.append(proxy)
            url = f"redis://127.0.0.1:{proxy.port}"
            node = Node(url, folder / f"node{number}", *UNLIMITED, forgetful=True, short_leases=True)
            self.nodes.append(node.launch())
        for node in self.nodes:
            self.run(node.started())

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
        for proxy in self.proxies:
            self.run(proxy.__aexit__())
        self.redis.stop()
        self.run(end_all())
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def pause(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    def wait(
        self, true: Callable[[], object], what: str, hint: Callable[[], object] = str, timeout: float = TIMEOUT
    ) -> None:
        """Until it is true. Raises AssertionError, with `hint()`, when that takes longer than `timeout` seconds."""

        async def waiting() -> None:
            end = self.loop.time() + timeout
            while not true():
                assert self.loop.time() < end, f"not within {timeout:g} s: {what} {hint()}"
                await asyncio.sleep(0.002)

        self.run(waiting())

    def come(self, visitor: Visitor) -> None:
        """Open the page, and wait for the welcome."""
        welcomes = len(visitor.welcomes)
        visitor.is_joined = False

        async def start() -> None:
            visitor.come()

        self.run(start())
        self.wait(
            lambda: len(visitor.welcomes) > welcomes,
            f"the welcome of {visitor.name}; heard",
            lambda: (visitor.errors[-3:], visitor.notices[-3:], visitor.closes[-3:]),
        )

    def leave(self, visitor: Visitor) -> None:
        self.run(visitor.leave())

    def check_another_room(self) -> None:
        """Somebody comes into a room of its own, and what they write is stored."""
        visitor = Visitor("somebody else", [self.nodes[0].ws], random.Random(1), room=f"calm-{next(self.rooms)}")
        self.come(visitor)
        visitor.say("all is well here")
        self.wait(lambda: not visitor.outbox, "another room goes on")
        self.leave(visitor)
