"""What the scenarios stand on ends with them: a task that is left is found by the garbage collection of a later test,
which pytest then blames.
"""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from ..support import Nodes
from ..support.cutting_proxy import CuttingProxy
from .model_conversation import ConversationModel, Trouble
from .model_system import System
from .oracle import Broken
from .proxy import Proxy
from .waiting import all_of

pytestmark = pytest.mark.slow

TURNS = 12  # of a loop: more than a connection takes from the listening socket to its proxy's task


@pytest.fixture
def place() -> Iterator[tuple[str, int]]:
    """Where connections are taken, and nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the garbage collection complains of."""
    found: list[str] = []
    gc.collect()  # what others have left
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: found.append(str(problem.exc_value)))
    return found


def collect(left: list[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    gc.collect()
    return [*left, *(record.getMessage() for record in caplog.records if record.name == "asyncio")]


@pytest.mark.parametrize("turns", range(TURNS))
@pytest.mark.parametrize("works", [all_of, asyncio.gather])
def test_proxies_end_when_a_scenario_fails(
    place: tuple[str, int], left: list[str], caplog: pytest.LogCaptureFixture, works: Any, turns: int
) -> None:
    """Whatever moment their connections come at."""

    async def scenario(clients: ExitStack) -> None:
        proxies = [Proxy(place, random.Random(1)) for _ in range(4)]

        async def use(proxy: Proxy) -> None:
            async with proxy:
                await asyncio.Event().wait()

        async def fail() -> None:
            while not all(proxy.port for proxy in proxies):
                await asyncio.sleep(0)
            for proxy in proxies:
                clients.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
            for _ in range(turns):
                await asyncio.sleep(0)
            raise Broken("too late")

        await works(*map(use, proxies), fail())

    with ExitStack() as clients, pytest.raises(Broken):
        asyncio.run(scenario(clients))
    assert collect(left, caplog) == []


def test_a_proxy_ends_whatever_was_on_its_way(
    place: tuple[str, int], left: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody reads at the far end, so both connections are full."""

    async def fill() -> None:
        async with Proxy(place, random.Random(1)) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port)) as client:
                client.setblocking(False)
                for _ in range(200):
                    with suppress(BlockingIOError):
                        client.send(bytes(1 << 18))
                    await asyncio.sleep(0)

    asyncio.run(fill())
    assert collect(left, caplog) == []


def test_a_proxy_that_cuts_ends_with_its_test(
    tmp_path: Path, left: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Both ends of a connection that is there then."""

    async def use(listening: socket.socket, ends: ExitStack) -> None:
        async with CuttingProxy(f"unix://{listening.getsockname()}") as proxy:
            place = "127.0.0.1", urlsplit(proxy.url).port or 0
            ends.enter_context(socket.create_connection(place))
            ends.enter_context((await asyncio.to_thread(listening.accept))[0])

    with ExitStack() as ends, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "redis"))
        listening.listen()
        asyncio.run(use(listening, ends))
    assert collect(left, caplog) == []


async def test_one_that_fails_ends_the_others_first() -> None:
    """The nodes and the Redis of all of them are there until then."""
    ended: list[str] = []

    async def goes_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            ended.append("the other")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise Broken("one")

    with pytest.raises(Broken):
        await all_of(goes_on(), fails())
    assert ended == ["the other"]


@pytest.mark.parametrize("turns", range(TURNS))
def test_a_system_that_stops_leaves_nothing(
    place: tuple[str, int], left: list[str], caplog: pytest.LogCaptureFixture, turns: int
) -> None:
    """Whatever moment a connection to its proxy comes at, and whoever is still in some room."""
    redis: Any = SimpleNamespace(stop=lambda: None)
    system = System(redis, asyncio.new_event_loop())
    proxy = Proxy(place, random.Random(1))
    system.run(proxy.__aenter__())
    system.proxies.append(proxy)

    async def somebody() -> None:
        await asyncio.Event().wait()

    async def come() -> None:
        asyncio.ensure_future(somebody())  # noqa: RUF006  as a visitor whose welcome never came
        for _ in range(turns):
            await asyncio.sleep(0)

    with socket.create_connection(("127.0.0.1", proxy.port)):
        system.run(come())
        system.stop()
    del system, proxy
    assert collect(left, caplog) == []


async def test_a_node_that_fails_to_stop_keeps_no_other_running() -> None:
    """Its failure is seen all the same."""
    ended: list[int] = []

    class Stopping:
        def __init__(self, number: int) -> None:
            self._number = number

        def end(self, *_: object) -> None:
            ended.append(self._number)

        async def until_end(self) -> None:
            if self._number == 1:
                raise Broken("it doesn't stop")

    nodes = Nodes("unix:///nowhere")
    stopping: Any = [Stopping(number) for number in range(3)]
    nodes.nodes = stopping
    with pytest.raises(Broken):
        await nodes.stop()
    assert ended == [0, 1, 2]
    assert nodes.nodes == []


@pytest.mark.parametrize(
    ("trouble", "goes"),
    [
        (None, True),
        (Trouble("slow", 0, holds_posts=False), True),
        (Trouble("frozen", 1), True),
        (Trouble("frozen", 0), False),
        (Trouble("full"), False),
    ],
)
@pytest.mark.parametrize("is_stored", [True, False])
def test_a_story_goes_on_in_the_same_way_however_fast_the_system_is(
    trouble: Trouble | None, goes: bool, is_stored: bool
) -> None:
    """Hypothesis gives up with FlakyStrategyDefinition where the same draws lead to other choices."""
    writer: Any = SimpleNamespace(urls=["the first"], outbox={}, say=lambda text: writer.outbox.update({text: text}))
    nodes = [SimpleNamespace(ws="the first"), SimpleNamespace(ws="the second")]

    def wait(true: Any, *_: object) -> None:
        writer.outbox.clear()
        assert true()

    system: Any = SimpleNamespace(rooms=iter([1]), nodes=nodes, wait=wait, leave=lambda one: None)
    story = ConversationModel(system)
    story.here, story.trouble = [writer], trouble
    writer.say("hello")
    story.hold_posts_of(writer)
    if is_stored:
        writer.outbox.clear()
    story.a_connection_drops(0)
    assert (story.away == [(writer, 0)]) == goes
