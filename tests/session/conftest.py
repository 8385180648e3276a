"""A node for sessions without a wire."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from wschat.redis_link import RedisLink

from .conversation import Node


@pytest.fixture
async def session_node(link: RedisLink) -> AsyncIterator[Node]:
    node = Node(link)
    await node.start()
    yield node
    await node.stop()
