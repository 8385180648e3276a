"""A data folder of another user, as root finds that of a service."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534
EVERYONE_HAS_PYTHON = all(folder.stat().st_mode & 1 for folder in Path(os.__file__).resolve().parents)
needs_another_user = pytest.mark.skipif(
    os.geteuid() != 0 or not EVERYONE_HAS_PYTHON, reason="needs root, and a Python that others can run"
)


@contextmanager
def nobodys_data() -> Iterator[Path]:
    """The folder; afterwards, nobody still owns all that the embedded Redis has there."""
    with tempfile.TemporaryDirectory() as folder:
        redis = Path(folder) / "redis"
        redis.mkdir()
        for path in (Path(folder), redis):
            os.chown(path, NOBODY, NOBODY)
        yield Path(folder)
        assert {file.stat().st_uid for file in redis.rglob("*")} <= {NOBODY}
