"""Garbage collection is off while the server starts, and on while it runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ..support.server import ROOT

# In the place of the event loop's start: what the collector does by then.
REPORT = """
import asyncio, gc, runpy, sys
sys.argv = ["server.py", "--port", "0", "--redis", "embedded", "--data", sys.argv[1], "--workers", sys.argv[2]]
gc.set_threshold(700)
def report(main, **options):
    main.close()
    print(gc.isenabled(), gc.get_freeze_count() > 10_000, gc.get_threshold()[0] > 700)
asyncio.run = report
runpy.run_path("server.py", run_name="__main__")
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_runs_looks_for_garbage(tmp_path: Path, workers: str) -> None:
    """Seldom, and not among what was there at the start; a supervisor does so, too."""
    ran = subprocess.run(
        [sys.executable, "-c", REPORT, str(tmp_path), workers],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=True,
    )  # fmt: skip
    assert ran.stdout.split() == ["True", "True", "True"], ran.stderr
