"""The data folder of an embedded Redis, and connections to one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from wschat.redis_link.redis_connections import Connections

from ..support.embedded_data import Data, begin
from ..support.redis_connections import MOST, TIMEOUT, make


@pytest.fixture
def data(tmp_path: Path) -> Data:
    data = Data(tmp_path / "data")
    data.run(begin)
    return data


@pytest.fixture
async def connections(redis_server: str) -> AsyncIterator[Connections]:
    connections = Connections(lambda: make(redis_server), MOST, TIMEOUT)
    yield connections
    connections.close()
