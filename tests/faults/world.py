"""The world of a scenario: a Redis, nodes, visitors who talk, and the accounts at the end."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from wschat.model import MAIN_ROOM
from wschat.redis_link import RoomKeys

from ..support.engines import Cluster, SentinelSet
from ..support.redis_server import RedisServer
from .chatter import chatter
from .latencies import Latencies
from .newcomer import Newcomer
from .node import Node
from .oracle import Broken, Verdict, account, check_changes
from .resources import Resources
from .visitor import Visitor
from .waiting import until

CALM = 2.0  # s of talk before a fault, and before things are measured
SETTLE = 20.0  # s for everything to be stored and shown when the talk is over


@dataclass(frozen=True)
class Scale:
    """How big: `seconds` stretches the quick ones."""

    nodes: int = 3
    visitors: int = 200
    rate: float = 50.0  # posts a second, all together


FULL = Scale()
QUICK = Scale(nodes=2, visitors=30, rate=30.0)


@dataclass
class World:
    """`async with World(folder, seed) as world`: everything runs and everyone has joined."""

    folder: Path
    seed: int
    scale: Scale = FULL
    without: str = ""
    options: tuple[str, ...] = ()
    redis_options: tuple[str, ...] = ()
    append_only: bool = True
    redis_folder: Path | None = None
    node_redis: Callable[[int, str], str] = lambda number, url: url
    clocks: bool = False
    engine: Callable[[Path], SentinelSet | Cluster] | None = None  # instead of one Redis
    rooms: tuple[str, ...] = (MAIN_ROOM,)
    nodes: list[Node] = field(default_factory=list)
    visitors: list[Visitor] = field(default_factory=list)
    guests: list[Visitor] = field(default_factory=list)  # of other rooms: not in the accounts
    latencies: Latencies = field(default_factory=Latencies)
    before: Any = None  # the primary that a fault is about

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.redis: Any = (self.engine or self._one_redis)(self.folder)
        self.lost_before = 0.0
        self._names = itertools.count(1)
        self._texts = itertools.count(1)
        self._talk: asyncio.Task[None] | None = None
        self.speakers: list[Visitor] = []  # the visitors who write
        self._resources = Resources(self.redis, self.nodes)

    async def __aenter__(self) -> World:
        try:
            self.redis.start()
            for number in range(self.scale.nodes):
                self.launch_node(self.node_redis(number, self.redis.url))
            await asyncio.gather(*(node.started() for node in self.nodes))
            self.crowd(self.scale.visitors)
            await self.all_joined()
        except BaseException:
            await self._clear()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._clear()

    def _one_redis(self, folder: Path) -> RedisServer:
        return RedisServer(self.redis_folder or folder / "redis", *self.redis_options, append_only=self.append_only)

    # -- who is there ------------------------------------------------------------------------

    def launch_node(self, redis: str) -> Node:
        number = len(self.nodes)
        clock = self.folder / f"clock{number}" if self.clocks else None
        if clock is not None:
            clock.write_text("0")
        node = Node(redis, self.folder / f"node{number}", *self.options, without=self.without, clock=clock)
        self.nodes.append(node.launch())
        return node

    def crowd(self, count: int, urls: list[str] | None = None, *, speaks: bool = True) -> list[Visitor]:
        """So many people come, spread over the nodes unless `urls` says where."""
        everywhere = [node.ws for node in self.nodes]
        came = []
        for number in range(count):
            # Each prefers one node, so that all nodes have their share, and knows the others.
            places = urls or everywhere[number % len(everywhere) :] + everywhere[: number % len(everywhere)]
            visitor = Visitor(f"visitor {next(self._names)}", places, random.Random(self.chance.random()),
                              room=self.rooms[number // len(everywhere) % len(self.rooms)],
                              showed=self.latencies.showed)  # fmt: skip
            visitor.come()
            came.append(visitor)
        self.visitors += came
        if speaks:
            self.speakers += came
        return came

    async def all_joined(self, timeout: float = 30.0) -> None:
        await self.until(lambda: all(one.is_joined for one in self.visitors if one.comes_back), timeout, "all joined")

    # -- talk --------------------------------------------------------------------------------

    def talk(self, rate: float | None = None) -> None:
        """From now on people write, at random, until `settle`; once, however often it is called."""
        if self._talk is not None:
            self._talk.cancel()
        chat = chatter(lambda: self.speakers, self.say, rate or self.scale.rate, self.chance, self._texts)
        self._talk = asyncio.ensure_future(chat)

    def say(self, visitor: Visitor, text: str) -> str:
        """Have one of them write something, and remember when."""
        post = visitor.say(text)
        self.latencies.said(post, now())
        return post

    # -- waiting -----------------------------------------------------------------------------

    async def until(self, true: Callable[[], bool], timeout: float, what: str) -> float:
        """Seconds until it is true. Raises Broken when that takes longer than `timeout`."""
        return await until(true, timeout, what)

    async def healed(self, timeout: float, visitors: list[Visitor] | None = None) -> float:
        """Seconds from now until everything older is stored and everyone sees what is written now.

        The probe is a post of a visitor's own, in each room: it is healed when all show it.
        """
        start = now()
        everyone = [one for one in visitors or self.visitors if one.comes_back]
        rooms = [[one for one in everyone if one.room == room] for room in dict.fromkeys(one.room for one in everyone)]
        speakers = [self.chance.choice(people) for people in rooms]
        probes = [self.say(speaker, "is everyone here?") for speaker in speakers]

        def healed_in(people: list[Visitor], speaker: Visitor, probe: str) -> bool:
            if probe not in speaker.acked or not all(one.is_joined for one in people):
                return False
            epoch, seq = speaker.position[0] if speaker.position else "", speaker.acked[probe][-1].seq
            return all(one.position and one.position[0] == epoch and one.seq >= seq for one in people) and not any(
                said < start for one in people for said in map(one.said_at.__getitem__, one.outbox)
            )

        return await self.until(
            lambda: all(map(healed_in, rooms, speakers, probes)), timeout,
            "everything older is stored, and everyone sees what is new",
        )  # fmt: skip

    # -- measuring and judging ---------------------------------------------------------------

    async def calm(self, seconds: float = CALM) -> None:
        """Talk for a while, then note what all processes hold."""
        self.talk()
        await asyncio.sleep(seconds)
        await self._resources.note()

    async def settle(self, timeout: float = SETTLE, *, resources: bool = True) -> Verdict:
        """End the talk, let everything arrive, and account for it. Raises Broken."""
        if self._talk is not None:
            self._talk.cancel()
        staying = [one for one in self.visitors if one.comes_back]

        def quiet() -> bool:
            positions = {room: self.redis.position_of(tag) for room, tag in self._tags()}
            return all(
                one.is_joined and not one.outbox and one.changer.wanted is None and one.position == positions[one.room]
                for one in staying
            )

        try:
            await self.until(quiet, timeout, "everyone has everything")
        except Broken as problem:
            unhappy = [one for one in staying if not one.is_joined or one.outbox]
            self.verdict().hold()
            raise Broken(
                f"{problem}; {len(unhappy)} of {len(staying)} aren't joined or have something unsent"
            ) from None
        verdict = self.verdict()
        for room in self.rooms:
            people = [one for one in self.visitors if one.room == room]
            verdict.anomalies += check_changes(people, await self.as_a_newcomer_sees(room), self.redis.everything())
        verdict.hold()
        self.check_logs()
        if resources:
            await self._resources.check()
        return verdict

    async def as_a_newcomer_sees(self, room: str = MAIN_ROOM) -> dict[int, dict[str, Any]]:
        """The room's messages that were changed, by number, for somebody who comes to any node that lives."""
        people = [one for one in self.visitors if one.comes_back and one.room == room]
        numbers = sorted({seq for one in people for seq in one.screen.forms})
        urls = [one.urls[0] for one in people if one.is_joined]
        newcomer = Newcomer("newcomer", urls or [node.ws for node in self.nodes], self.chance, room=room)
        return await newcomer.look_up(numbers, SETTLE)

    def verdict(self) -> Verdict:
        """Of all rooms together."""
        verdicts = [
            account(
                self.redis.log_of(tag), self.redis.position_of(tag), [one for one in self.visitors if one.room == room],
                lost_before=self.lost_before,
            )
            for room, tag in self._tags()
        ]  # fmt: skip
        return sum(verdicts[1:], verdicts[0])

    def _tags(self) -> list[tuple[str, str]]:
        """The rooms, each with what its keys begin with."""
        return [(room, RoomKeys(room).tag) for room in self.rooms]

    def check_logs(self) -> None:
        trouble = [line.rstrip() for node in self.nodes for line in node.trouble()]
        if trouble:
            raise Broken(f"{len(trouble)} lines of trouble in the logs, beginning with: {trouble[:3]}")

    async def _clear(self) -> None:
        if self._talk is not None:
            self._talk.cancel()
        await asyncio.gather(*(visitor.leave() for visitor in (*self.visitors, *self.guests)))
        for node in self.nodes:
            node.stop()
        self.redis.stop()


Worlds = Callable[..., World]  # as the fixture `a_world` makes them


def now() -> float:
    return asyncio.get_running_loop().time()
