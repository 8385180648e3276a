"""One server process for all abuse that doesn't need settings of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ..support import Nodes, Server
from . import raw
from .echo import echo_connection
from .site_tokens import SECRET

LIMITS = {"post_rate": 5.0, "socket_rate": 20.0}  # as in server.py; other tests run without


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`python server.py` as it is when nothing is set, with a log that holds everything."""
    server = Server(tmp_path_factory.mktemp("server"), "--log-level", "debug").start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
async def nobody_stays() -> AsyncIterator[None]:
    """Whatever a test has opened is closed at its end."""
    yield
    await raw.close_all()


@pytest.fixture
async def nodes(nodes: Nodes) -> AsyncIterator[Nodes]:
    """The nodes don't have to wait for clients that wouldn't answer their goodbye."""
    yield nodes
    await raw.close_all()


@pytest.fixture
async def node(nodes: Nodes) -> Nodes:
    """One node with the limits that strangers meet."""
    return await nodes.start(1, **LIMITS)


@pytest.fixture
async def two_nodes(nodes: Nodes) -> Nodes:
    """Two such nodes on one Redis."""
    return await nodes.start(2, **LIMITS)


@pytest.fixture
async def echo() -> AsyncIterator[raw.Raw]:
    """A connection to the echo."""
    async with echo_connection() as connection:
        yield connection


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """The file with what a site and the chat share."""
    file = tmp_path / "jwt.key"
    file.write_text(SECRET + "\n")
    return file
