"""A project in which the set-up's scripts run without doing harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.checkout import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
