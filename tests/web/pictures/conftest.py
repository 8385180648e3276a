"""A node that takes pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support import Nodes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the node keeps its pictures."""
    return tmp_path / "pictures"


@pytest.fixture
async def node(nodes: Nodes, folder: Path) -> Nodes:
    return await nodes.start(1, pictures=str(folder))
