"""The data folder of an embedded Redis."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.embedded_data import Data, begin


@pytest.fixture
def data(tmp_path: Path) -> Data:
    data = Data(tmp_path / "data")
    data.run(begin)
    return data
