"""The fixtures of all tests: one real Redis for the whole run, emptied for each test, and nodes on it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from redis.asyncio import Redis

from wschat.fan_out import audience
from wschat.presence import LeaseTimes
from wschat.redis_link import PrimaryLink

from .support import Nodes, Server
from .support.line import STREAMS, Line
from .support.program import Program
from .support.redis import running_redis
from .support.room import LocalNode

HERE = Path(__file__).parent
os.environ.pop("PYTHONUNBUFFERED", None)  # the servers that tests start write as they do for anybody
for number in (signal.SIGHUP, signal.SIGINT):  # ignored in the background and under nohup; servers would inherit that
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
# A busy machine is no failure.
hypothesis_settings.register_profile("chat", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("chat")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--browsers", choices=["only", "none"], help="the tests of the page in a browser alone, or others")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the folders that `--browsers` excludes: to import and collect all of them takes each worker 10 s."""
    if not config.getoption("--browsers") or [Path(arg).resolve() for arg in config.args] != [HERE]:
        return None  # what was named is collected, and chosen from
    return True if collection_path.parent == HERE and not _is_chosen(collection_path.name, config) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = [item for item in items if _is_chosen(item.nodeid.removeprefix("tests/"), config)]
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = chosen


def _is_chosen(path: str, config: pytest.Config) -> bool:
    """Whether `--browsers` leaves this path below `tests/` in."""
    which = config.getoption("--browsers")
    return which is None or path.startswith("browser") == (which == "only")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the tests' Redis."""
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
async def redis(redis_server: str) -> AsyncIterator[Redis]:
    """A client of the tests' Redis, which is empty."""
    async with Redis.from_url(redis_server, protocol=2) as client:
        await client.flushall()
        await client.config_set("rdbcompression", "no")  # it cuts words in two, and a test that seeks them finds none
        yield client


@pytest.fixture
async def link(redis: Redis, redis_server: str) -> AsyncIterator[PrimaryLink]:
    """A node's link to the tests' Redis."""
    link = PrimaryLink(redis_server)
    await link.start()
    yield link
    await link.stop()


@pytest.fixture
def program(redis: Redis, redis_server: str) -> Program:
    """`python -m wschat` on the tests' Redis."""
    return Program(redis_server)


@pytest.fixture
async def nodes(redis: Redis, redis_server: str) -> AsyncIterator[Nodes]:
    """Nodes on the tests' Redis; none is started yet."""
    nodes = Nodes(redis_server)
    yield nodes
    await nodes.stop()


@pytest.fixture
async def node(nodes: Nodes) -> Nodes:
    """One node."""
    return await nodes.start(1)


@pytest.fixture
async def two_nodes(nodes: Nodes) -> Nodes:
    """Two nodes on one Redis."""
    return await nodes.start(2)


@pytest.fixture
async def room_node(link: PrimaryLink) -> AsyncIterator[LocalNode]:
    """A node without the web, with one room."""
    node = await LocalNode(link).start()
    yield node
    await node.stop()


@pytest.fixture
async def local_nodes(redis: Redis, redis_server: str) -> AsyncIterator[Callable[..., Awaitable[LocalNode]]]:
    """Makes nodes without the web, each with a link of its own."""
    made: list[LocalNode] = []

    async def make(times: LeaseTimes | None = None) -> LocalNode:
        link = PrimaryLink(redis_server)
        await link.start()
        made.append(LocalNode(link, times=times))
        return await made[-1].start()

    yield make
    for node in made:
        await node.stop()
        await node.link.stop()


@pytest.fixture(params=STREAMS)
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    """A WebSocket without a server around it, on each kind of stream."""
    line = Line(stream=request.param)
    yield line
    line.socket.abort()
    line.far.close()
    await asyncio.sleep(0)


@pytest.fixture
def steady_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """No round of the fan-out takes so long that a pause follows, however busy the machine is."""
    monkeypatch.setattr(audience, "FAST_ROUND", 0.5)


@pytest.fixture
async def start_server(tmp_path: Path) -> AsyncIterator[Callable[..., Server]]:
    """Starts real server processes, `start_server("--idle-timeout", "2")`; whatever still runs at the end is killed."""
    servers: list[Server] = []

    def start(*options: str, data: Path | None = None, **more: object) -> Server:
        server = Server(data or tmp_path / "data", *options, **more)  # type: ignore[arg-type]
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        await server.stops()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB; the test is skipped unless root runs it, who alone can mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
