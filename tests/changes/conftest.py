"""Nodes with one room, for tests of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from wschat.redis_link import PrimaryLink

from ..support.room import LocalNode


@pytest.fixture
async def more_nodes(redis_server: str, room_node: LocalNode) -> AsyncIterator[list[LocalNode]]:
    """Two more nodes with the same room."""
    links = [PrimaryLink(redis_server) for _ in range(2)]
    await asyncio.gather(*(link.start() for link in links))
    nodes = [await LocalNode(link).start() for link in links]
    yield nodes
    for node, link in zip(nodes, links):
        await node.stop()
        await link.stop()


@pytest.fixture
async def other_node(more_nodes: list[LocalNode]) -> LocalNode:
    """A second node with the same room."""
    return more_nodes[0]
