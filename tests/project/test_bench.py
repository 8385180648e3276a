"""The benchmark's load generator: its modules, and one small run of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from graphlib import TopologicalSorter

import psutil
import pytest

from bench import load
from bench.build import compiler
from bench.load import SOURCES, Plan

from ..support import Server

FOLDER = SOURCES[0].parent


class Target:
    """A server process as the load generator sees it."""

    dialect = "chat"
    path = "/ws"

    def __init__(self, server: Server) -> None:
        assert server.process is not None
        self.port = server.port
        self._process = psutil.Process(server.process.pid)

    def cpu_seconds(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


def test_no_circle_of_c_modules() -> None:
    """A module uses another by its header, and the modules can be sorted so that each uses only earlier ones."""
    uses: dict[str, set[str]] = {}
    for file in (*SOURCES, *FOLDER.glob("*.h")):
        included = re.findall(r'^#include "(\w+)\.h"$', file.read_text(encoding="utf-8"), re.MULTILINE)
        uses.setdefault(file.stem, set()).update(set(included) - {file.stem})
    order = list(TopologicalSorter(uses).static_order())
    assert order[-1] == "main"


@pytest.mark.skipif(compiler() is None, reason="needs a C compiler")
async def test_the_load_generator_accounts_for_every_delivery(start_server: Callable[..., Server]) -> None:
    """20 clients join, one of them posts, and all of them receive all posts."""
    server = await asyncio.to_thread(start_server, "--post-rate", "0")
    plan = Plan(clients=20, senders=1, rate=20, settle=0, seconds=0.5)
    report = await asyncio.to_thread(load.run, Target(server), plan)
    assert report.joined == 20
    assert report.sent > 0
    assert report.last.count == report.sent
    assert report.missing == 0
    assert not report.errors
