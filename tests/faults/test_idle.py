"""The idle stop: only what people say keeps a server awake."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from ..support.frames import PING, frame
from ..support.redis_server import RedisServer
from .node import Node
from .report import Row
from .wire import connect

IDLE = 3.0  # s: a visitor on a busy machine has said something by then
LATE = 20.0  # s more that it may take to look, drain and end on a busy machine


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis").start()
    yield server
    server.stop()


async def pings(node: Node) -> None:
    """Somebody joined, says nothing, and pings in both ways that there are."""
    wire = await connect(node.ws, lambda data: None, lambda code: None)
    wire.send(b'{"type":"hello","name":"Ann","room":"pings"}')
    while True:
        await asyncio.sleep(0.2)
        wire.send(b'{"type":"ping"}')
        wire.send_raw(frame(PING))


async def health_checks(node: Node) -> None:
    def look() -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{node.port}/health") as answer:
            answer.read()

    while True:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(look)


async def silent_sockets(node: Node) -> None:
    """Connections that never say hello."""
    while True:
        await connect(node.ws, lambda data: None, lambda code: None)
        await asyncio.sleep(0.3)


async def talk(node: Node) -> None:
    wire = await connect(node.ws, lambda data: None, lambda code: None)
    wire.send(b'{"type":"hello","name":"Bob","room":"talk"}')
    for number in range(1000):
        await asyncio.sleep(IDLE / 3)
        wire.send(b'{"type":"post","id":"%d","text":"still here"}' % number)


async def lifetime(
    redis: RedisServer, folder: Path, doing: Callable[[Node], Awaitable[None]], most: float
) -> float | None:
    """Seconds from the start of a node with such a visitor to its end; None when that doesn't come within `most`."""
    node = Node(redis.url, folder, "--idle-timeout", str(IDLE))
    loop = asyncio.get_running_loop()
    start = loop.time()
    await node.launch().started()
    work = asyncio.ensure_future(doing(node))
    code = await node.exit_code(most)
    took = loop.time() - start
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    node.stop()
    assert not node.trouble()
    assert code in (0, None)
    return took if code == 0 else None


@pytest.mark.slow
@pytest.mark.scenario("22", "only pings, only health checks, only sockets without hello; talk")
async def test_only_talk_keeps_a_server_awake(redis: RedisServer, tmp_path: Path, row: Row) -> None:
    """Pings, health checks and silent sockets don't keep it running, but talk always does."""
    kinds = (pings, health_checks, silent_sockets)
    *took, talking = await asyncio.gather(
        *(lifetime(redis, tmp_path / kind.__name__, kind, IDLE + LATE) for kind in kinds),
        lifetime(redis, tmp_path / "talk", talk, IDLE * 3),
    )
    row.note("stopped after " + ", ".join(f"{seconds:.1f}" for seconds in took if seconds is not None) + " s")
    assert None not in took
    assert min(seconds for seconds in took if seconds is not None) >= IDLE
    assert talking is None
