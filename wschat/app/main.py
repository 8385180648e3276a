"""From the command line to a running server and its exit code.

Exit codes: 0 stopped in order (by a signal, or because nobody talked); 2 it couldn't start, and the sentence on the
error stream says what to do.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from ..config import Settings, command_line
from ..errors import StartError
from ..redis_link import locate
from .logs import set_up_logging

EXIT_CANT_START = 2


def main(knobs: Mapping[str, object], root: Path) -> None:
    """Run the server with the constants of `server.py`; `root` is the folder of `index.html` and `static/`."""
    command_line(knobs, root, _run)()


def _run(settings: Settings) -> None:
    set_up_logging(settings.log_format, settings.log_level)
    try:
        source = locate(settings.redis, settings.data)
        try:
            from .node import serve  # Redis is up while Tornado is still being read: a tenth of a second saved

            asyncio.run(serve(settings, source))
        finally:
            source.release()
    except StartError as problem:
        click.echo(str(problem), err=True)
        sys.exit(EXIT_CANT_START)
    except KeyboardInterrupt:
        sys.exit(0)
