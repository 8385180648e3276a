"""The server while somebody works on it: `make dev`, or WSCHAT_DEV=1 in the environment."""

from __future__ import annotations

import logging
from pathlib import Path

from tornado import autoreload

import wschat

from ..config import Settings
from ..redis_link import RedisSource
from ..stop import StopSignals
from .standalone import serve

CHECK_EVERY = 300  # ms


async def serve_development(settings: Settings, source: RedisSource, stop: StopSignals) -> None:
    """One process, whatever `settings.workers` says, that begins anew when a file changes.

    Browsers get the page's modules as they are, as a debugger should show them. Raises StartError.
    """
    restart_on_changes(settings.root)
    await serve(settings, source, stop, bundles=False)


def restart_on_changes(root: Path) -> None:
    """Execute the program again when a Python file, a Lua script or a file of the page changes.

    The page's files too, although they could be read anew without: the version in `welcome` then changes with them,
    and open pages say that there is a newer one. The embedded Redis goes on, and with it all messages.
    """
    logging.getLogger("tornado.general").setLevel(logging.INFO)  # it says which file has changed
    scripts = Path(wschat.__file__).parent / "lua"
    for path in (root / "index.html", *(root / "static").rglob("*"), *scripts.rglob("*")):
        autoreload.watch(str(path))  # a folder changes when a file is added or removed
    autoreload.start(CHECK_EVERY)
