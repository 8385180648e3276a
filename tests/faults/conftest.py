"""Seeds, rows for the table, worlds, and the setting of stories."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from ..support.redis_server import RedisServer
from . import report
from .model_system import System
from .report import Row
from .world import World, Worlds

HERE = Path(__file__).parent
SLOW_TIMEOUT = 240  # s

_SEED = pytest.StashKey[int]()
_ROWS = pytest.StashKey[list[Row]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "scenario(number, title): the row of the table that the test fills")
    config.stash[_SEED] = int(os.environ.get("WSCHAT_SEED") or random.SystemRandom().randrange(1_000_000))
    config.stash[_ROWS] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    rows = config.stash[_ROWS]
    if rows:
        path = report.write(rows, config.stash[_SEED])
        terminalreporter.write_sep("=", "faults")
        terminalreporter.write_line(report.table(rows, config.stash[_SEED]))
        terminalreporter.write_line(f"also in {path}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    result = yield
    if result.failed:
        result.sections.append(("seed", f"WSCHAT_SEED={item.config.stash[_SEED]} makes the same choices again"))
    row = getattr(item, "funcargs", {}).get("row")
    if row is not None and call.when == "call":
        row.passed = result.passed
        if not result.skipped:
            item.config.stash[_ROWS].append(row)
    return result


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The run's seed: the same one makes the same choices."""
    return request.config.stash[_SEED]


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    """The test's row in the table, from its `scenario` mark."""
    mark = request.node.get_closest_marker("scenario")
    assert mark is not None, "a fault test says which scenario it is"
    return Row(str(mark.args[0]), mark.args[1])


@pytest.fixture
def a_world(tmp_path: Path, seed: int) -> Worlds:
    """Makes a world: `async with a_world(QUICK) as world`."""
    return lambda *args, **options: World(tmp_path, seed, *args, **options)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """The setting of a story: two nodes on a Redis of their own."""
    system = System(RedisServer(tmp_path / "redis"), asyncio.new_event_loop())
    try:
        system.start(tmp_path)
        yield system
    finally:
        system.stop()
