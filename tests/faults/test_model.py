"""The system against its model: Hypothesis searches for a sequence of steps after which the two differ."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from .node import Node
from .redis_server import RedisServer
from .report import Row
from .visitor import Visitor

TIMEOUT = 6.0  # s for anything to happen: more than three polls


@dataclass
class System:
    """What all runs share: a Redis, two nodes that keep few messages in memory, and a loop to run visitors in."""

    redis: RedisServer
    nodes: list[Node]
    loop: asyncio.AbstractEventLoop
    rooms: Iterator[int] = field(default_factory=itertools.count)
    posts: int = 0


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    redis = RedisServer(tmp_path / "redis").start()
    loop = asyncio.new_event_loop()
    nodes = [Node(redis.url, tmp_path / f"node{number}", forgetful=True).launch() for number in range(2)]
    try:
        for node in nodes:
            loop.run_until_complete(node.started())
        yield System(redis, nodes, loop)
    finally:
        for node in nodes:
            node.stop()
        redis.stop()
        loop.close()


class ChatMachine(RuleBasedStateMachine):
    """A room of its own. The model is `log`: the ids of the messages, in order, and how many of the first are gone."""

    def __init__(self, system: System) -> None:
        super().__init__()
        self.system = system
        self.room = f"story-{next(system.rooms)}"
        self.tag = f"chat:{self.room}"
        self.log: list[str] = []
        self.trimmed = 0
        self.losses = 0
        self.here: list[Visitor] = []
        self.away: list[tuple[Visitor, int]] = []  # with how many losses they know of
        self.chance = random.Random(1)

    # -- what may happen -----------------------------------------------------------------------

    @precondition(lambda self: len(self.here) + len(self.away) < 5)
    @rule(history=st.integers(0, 6), node=st.integers(0, 1))
    def somebody_joins(self, history: int, node: int) -> None:
        kept = self.log[self.trimmed :]
        number = len(self.here) + len(self.away)
        visitor = Visitor(
            f"person {number}", [self.system.nodes[node].ws], self.chance, room=self.room, history=history
        )
        self.comes(visitor)
        shown = [post for _, post in visitor.stretches[-1].shown]
        # A node's memory may hold what Redis has let go of.
        assert shown == self.log[len(self.log) - len(shown) :]
        assert min(history, len(kept), 4) <= len(shown) <= history

    @precondition(lambda self: self.here)
    @rule(who=st.integers(0, 4), count=st.integers(1, 4))
    def somebody_writes(self, who: int, count: int) -> None:
        visitor = self.here[who % len(self.here)]
        posts = [visitor.say(f"message {number}") for number in range(count)]
        self.wait(lambda: not visitor.outbox, "the posts are acknowledged")
        assert [visitor.acked[post][-1].seq for post in posts] == list(
            range(len(self.log) + 1, len(self.log) + count + 1)
        )
        self.log += posts
        self.system.posts += count

    @precondition(lambda self: self.here)
    @rule(who=st.integers(0, 4))
    def a_connection_drops(self, who: int) -> None:
        visitor = self.here.pop(who % len(self.here))
        self.run(visitor.leave())
        self.away.append((visitor, self.losses))

    @precondition(lambda self: self.away)
    @rule(who=st.integers(0, 4))
    def somebody_writes_offline(self, who: int) -> None:
        visitor, _ = self.away[who % len(self.away)]
        visitor.say("written without a connection")

    @precondition(lambda self: self.away)
    @rule(who=st.integers(0, 4))
    def somebody_comes_back(self, who: int) -> None:
        visitor, losses = self.away.pop(who % len(self.away))
        position, waiting = visitor.seq, list(visitor.outbox)
        self.comes(visitor)
        welcome = visitor.welcomes[-1][1]
        if losses != self.losses:
            assert welcome["lost"]
            assert not welcome["recovered"]
        elif position >= self.trimmed:
            assert welcome["recovered"]
        else:
            assert not welcome["lost"]
        self.wait(lambda: not visitor.outbox, "what was written offline is acknowledged")
        assert [visitor.acked[post][-1].seq for post in waiting] == list(
            range(len(self.log) + 1, len(self.log) + len(waiting) + 1)
        )
        self.log += waiting
        self.system.posts += len(waiting)

    @precondition(lambda self: len(self.log) > self.trimmed)
    @rule(keep=st.integers(0, 5))
    def the_log_is_trimmed(self, keep: int) -> None:
        self.system.redis.client.xtrim(f"{{{self.tag}}}:log", maxlen=keep, approximate=False)
        self.trimmed = max(self.trimmed, len(self.log) - keep)

    @precondition(lambda self: self.log)
    @rule()
    def the_log_is_lost(self) -> None:
        client = self.system.redis.client
        told = [visitor.resets + 1 for visitor in self.here]
        sent = client.keys(f"{{{self.tag}}}:sent:*")
        client.delete(f"{{{self.tag}}}:log", f"{{{self.tag}}}:meta", *sent)
        client.client_kill_filter(_type="pubsub")  # a Redis that lost its log was restarted
        self.log, self.trimmed, self.losses = [], 0, self.losses + 1
        self.run(asyncio.sleep(0.05))  # with nobody here the nodes aren't seen to have noticed
        self.wait(lambda: [one.resets for one in self.here] == told, "everyone is told once that history is lost")

    # -- what holds at each moment ---------------------------------------------------------------

    @invariant()
    def everyone_shows_the_log(self) -> None:
        for visitor in self.here:
            self.wait(lambda: visitor.seq == len(self.log), "everything is shown")  # noqa: B023
            last = visitor.stretches[-1]
            numbers = [seq for seq, _ in last.shown]
            assert numbers == list(range(last.base + 1, len(self.log) + 1))
            assert [post for _, post in last.shown] == self.log[last.base :]
            assert not visitor.anomalies

    # -- within ----------------------------------------------------------------------------------

    def comes(self, visitor: Visitor) -> None:
        welcomes = len(visitor.welcomes)
        visitor.is_joined = False
        self.run(self._start(visitor))
        self.wait(lambda: len(visitor.welcomes) > welcomes, "the welcome", visitor)
        self.here.append(visitor)

    async def _start(self, visitor: Visitor) -> None:
        visitor.come()

    def wait(self, true: Callable[[], bool], what: str, who: Visitor | None = None) -> None:
        def heard() -> str:
            return f"; heard {who.errors[-3:]}, {who.notices[-3:]}, {who.closes[-3:]}" if who else ""

        async def waiting() -> None:
            end = self.system.loop.time() + TIMEOUT
            while not true():
                assert self.system.loop.time() < end, f"not within {TIMEOUT:g} s: {what}{heard()}"
                await asyncio.sleep(0.002)

        self.run(waiting())

    def run(self, work: object) -> None:
        self.system.loop.run_until_complete(work)  # type: ignore[arg-type]

    def teardown(self) -> None:
        for visitor in [*self.here, *(visitor for visitor, _ in self.away)]:
            self.run(visitor.leave())


def run_machine(system: System, seed: int, runs: int, steps: int) -> None:
    def machine() -> ChatMachine:
        return ChatMachine(system)

    factory: Any = machine
    factory._hypothesis_internal_use_seed = seed  # what @seed does to a class
    run_state_machine_as_test(factory, settings=settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=[hypothesis.Phase.generate],
    ))  # fmt: skip


@pytest.mark.scenario("23a", "Hypothesis: 5 stories of 20 steps")
def test_a_few_stories_end_as_the_model_says(system: System, seed: int, row: Row) -> None:
    """After joins, posts, drops, reconnects, trims and lost logs, each screen shows what the model predicts."""
    run_machine(system, seed, runs=5, steps=20)
    row.note(f"{system.posts} posts")


@pytest.mark.slow
@pytest.mark.scenario("23", "Hypothesis: 60 stories of 40 steps")
def test_many_stories_end_as_the_model_says(system: System, seed: int, row: Row) -> None:
    """The same holds for more and longer stories."""
    run_machine(system, seed, runs=60, steps=40)
    row.note(f"{system.posts} posts")
    trouble = [lines for node in system.nodes for lines in node.trouble()]
    assert not trouble, trouble[0]
