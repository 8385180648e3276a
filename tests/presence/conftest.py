"""Fixtures for the tests of presence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from ..support.room import SHORT_TIMES, LocalNode
from .nodes import MakeNode


@pytest.fixture
def make_node(local_nodes: Callable[..., Awaitable[LocalNode]]) -> MakeNode:
    """Makes nodes with short leases, each with a link of its own."""
    return partial(local_nodes, SHORT_TIMES)
