"""The server for development: `make dev`, or WSCHAT_DEV=1 in the environment."""

from __future__ import annotations

import logging
from pathlib import Path

from tornado import autoreload

import wschat

from ..config import Settings
from ..redis_link import RedisSource
from ..stop import StopSignals
from .standalone import serve

CHECK_MS = 300  # ms


async def serve_development(settings: Settings, source: RedisSource, stop: StopSignals) -> None:
    """Run one process, regardless of `settings.workers`, which restarts when a file changes.

    Browsers get the page's modules one by one, as a debugger should show them. Raises StartError.
    """
    restart_on_changes(settings.root)
    await serve(settings, source, stop, bundles=False)


def restart_on_changes(root: Path) -> None:
    """Execute the program again when a Python file, a Lua script or a file of the page changes.

    The page's files could be read anew without a restart, but with one, the version in `welcome` changes, too, and open
    pages say that there is a newer one. The embedded Redis keeps running, so all messages stay.
    """
    logging.getLogger("tornado.general").setLevel(logging.INFO)  # it logs which file has changed
    scripts = Path(wschat.__file__).parent / "lua"
    for path in (root / "index.html", *(root / "static").rglob("*"), *scripts.rglob("*")):
        autoreload.watch(str(path))  # a folder changes when a file is added or removed
    autoreload.start(CHECK_MS)
