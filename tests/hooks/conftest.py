"""A hook of the main room, on one node."""

from __future__ import annotations

import pytest

from ..support import Nodes
from .requests import TestHook


@pytest.fixture
async def hook(node: Nodes) -> TestHook:
    return await TestHook.made(node)
