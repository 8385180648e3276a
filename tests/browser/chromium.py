"""The browser of the tests, with which tools take pictures, too. `WSCHAT_CHROMIUM` says where it is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP chat.lan 127.0.0.1",
]


def chromium() -> str:
    """The browser's path; a missing one is an error that says what to do, not a skip."""
    found = os.environ.get("WSCHAT_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(found).exists():
        raise pytest.UsageError(
            "No Chromium: install it (apt-get install chromium), or say where it is in WSCHAT_CHROMIUM"
        )
    return found
