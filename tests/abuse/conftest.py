"""One server process for all abuse that doesn't need settings of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from ..support import Nodes, Server
from . import raw

PROXY = {"trusted_proxy": ("127.0.0.1",)}  # so that a test can come from any address: `X-Forwarded-For`


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
