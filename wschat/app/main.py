"""From the command line to a running server and its exit code.

Exit codes: 0 stopped in order (by a signal, or because nobody talked); 2 it couldn't start, and the sentence on the
error stream says what to do.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
import threading
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from ..config import Settings, command_line
from ..errors import StartError
from ..redis_link import Credentials, RedisSource, find_redis
from .ipc import CONTROL_FD
from .logs import set_up_logging

DEV = "WSCHAT_DEV"  # environment variable: somebody works on the code
EXIT_CANT_START = 2
GC_THRESHOLDS = (20_000, 50, 20)  # instead of (700, 10, 10)


def main(defaults: Mapping[str, object], root: Path) -> None:
    """Run the server with the constants of `server.py`; `root` is the folder of `index.html` and `static/`."""
    command_line(defaults, root, _run)()


def _run(settings: Settings) -> None:
    threading.Thread(target=_read_ahead, name="imports").start()
    set_up_logging(settings.log_format, settings.log_level)
    try:
        source = find_redis(settings.redis, settings.data, Credentials(settings.redis_user, settings.redis_password))
        try:
            asyncio.run(_server(settings, source), debug=True if DEV in os.environ else None)
        finally:
            source.release()
    except StartError as problem:
        click.echo(str(problem), err=True)
        sys.exit(EXIT_CANT_START)
    except KeyboardInterrupt:
        sys.exit(0)


def _read_ahead() -> None:
    """Import the node and Tornado while Redis comes up: each takes as long, and neither needs the other."""
    with suppress(Exception):  # it is imported again by those who need it, and fails there where it can be reported
        importlib.import_module(".node", __package__)


def _server(settings: Settings, source: RedisSource) -> Coroutine[Any, Any, None]:
    """What this process is to do."""
    if DEV in os.environ:
        from .development import serve_development

        return serve_development(settings, source)
    control_fd = os.environ.pop(CONTROL_FD, None)
    if control_fd is None and settings.workers > 1:
        from .supervisor import supervise

        return supervise(settings, source, settings.workers)
    relax_garbage_collection()
    if control_fd is not None:
        from .worker import serve as serve_worker

        return serve_worker(settings, source, int(control_fd))
    from .standalone import serve

    return serve(settings, source)


def relax_garbage_collection() -> None:
    """Look for cycles less often, and never among what was there at the start.

    A node keeps thousands of objects for each thousand people, and looking through them all over and over took a
    fifth of its time while people joined. What a connection leaves behind is freed without: its cycles are cut when
    it closes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
