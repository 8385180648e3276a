"""Nodes that live in the test's own process: real sockets and a real Redis, without the price of a new process."""

from __future__ import annotations

import dataclasses
import itertools
import os
import runpy
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import Any

from wschat.app.node import Node
from wschat.config import Settings, command_line
from wschat.errors import CloseCode
from wschat.redis_link import RedisSource
from wschat.web import site_files
from wschat.web.bundle import bundle

from .client import Client, join, visit
from .server import ROOT


@cache
def _bundled(sources: tuple[tuple[str, str], ...], entries: tuple[str, ...]) -> dict[str, str]:
    return bundle(dict(sources), entries)


def _bundled_once(sources: Mapping[str, str], entries: Iterable[str]) -> dict[str, str]:
    """As `bundle`, without joining the same modules for each node of a run: that is most of the start of a node."""
    return dict(_bundled(tuple(sources.items()), tuple(entries)))


setattr(site_files, "bundle", _bundled_once)  # noqa: B010  an import of that module's, which mypy hides


def defaults() -> dict[str, object]:
    """The constants of `server.py`."""
    return {name: value for name, value in runpy.run_path(str(ROOT / "server.py")).items() if name.isupper()}


def settings(**changes: Any) -> Settings:
    """The settings as `server.py` has them, with these changes: on a free port, without an idle stop and without
    limits on how fast people may write and come, and without pictures, unless a test is about these.
    """
    free = {"port": 0, "host": ("127.0.0.1",), "idle_timeout": 0.0, "post_rate": 0.0, "socket_rate": 0.0}
    free["pictures"] = "off"  # or they would be in the data folder of the checkout
    variables = tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("WSCHAT_")))
    return dataclasses.replace(_settings(variables), **{**free, **changes})


@cache
def _settings(variables: tuple[tuple[str, str], ...]) -> Settings:
    """The settings of `server.py` in an environment with these variables."""
    read: list[Settings] = []
    command_line(defaults(), ROOT, read.append).main([], standalone_mode=False)
    return read[0]


class Nodes:
    """Nodes on one Redis. They stop with the test. `activity` is called for what counts as such on any of them."""

    def __init__(self, redis: str) -> None:
        self._source = RedisSource(redis, "the tests' Redis")
        self.nodes: list[Node] = []
        self.activity: Callable[[], None] = lambda: None

    async def start(self, count: int = 1, **changes: Any) -> Nodes:
        for _ in range(count):
            node = Node(settings(redis=self._source.url, **changes), self._source, lambda: self.activity())
            self.nodes.append(node)
            await node.start()
        return self

    async def stop(self) -> None:
        """All of them, also where one of them fails to."""
        async with AsyncExitStack() as ends:
            while self.nodes:
                ends.push_async_callback(_stop, self.nodes.pop())

    def url(self, number: int = 0, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.nodes[number].edge.port}"

    def ws(self, number: int = 0) -> str:
        return self.url(number, "ws") + "/ws"

    async def join(self, *names: str, **hello: Any) -> list[Client]:
        """These people join, the first on the first node, the second on the second, and so on around."""
        places = itertools.cycle(range(len(self.nodes)))
        return [await join(self.ws(place), name, **hello) for name, place in zip(names, places)]

    async def visit(self, number: int = 0) -> Client:
        """Somebody who hasn't said hello yet."""
        return await visit(self.ws(number))


async def _stop(node: Node) -> None:
    node.end(CloseCode.GOING_AWAY, 0.0)
    await node.until_end()


def page_in(folder: Path) -> Path:
    """A copy of `server.py` in `folder`, beside everything it needs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("wschat", "static", "index.html"):
        (folder / name).symlink_to(ROOT / name)
    copy = folder / "server.py"
    copy.write_text((ROOT / "server.py").read_text(encoding="utf-8"), encoding="utf-8")
    return copy
