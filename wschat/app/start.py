"""Runs the server from the command line, to its exit code.

Exit codes: 0: stopped in order (by a signal, at any moment, or because nobody talked); 2 or 75: it couldn't start,
and the sentence on the error stream says what to do (wschat/errors.py).
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import stat
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..config import Settings, command_line, option_name, variable_name
from ..errors import StartError, Stopped
from ..redis_link import Credentials, RedisSource, find_redis
from ..stop import StopSignals
from .ipc import CONTROL_FD, is_hung_up
from .logs import goes_to_journal, set_up_logging
from .standard_streams import drop_unwritable_output, open_closed_streams, reads_russian

DEV = "WSCHAT_DEV"  # environment variable: run the development server
ACTIVATED = "LISTEN_PID"  # environment variable: systemd passes sockets to a process (sd_listen_fds(3))
NO_WORKER = -1  # instead of a worker's control_fd
GC_THRESHOLDS = (20_000, 50, 20)  # instead of (700, 10, 10)

logger = logging.getLogger(__name__)

Serve = Callable[[Settings, RedisSource, StopSignals], Coroutine[Any, Any, None]]


def main(defaults: Mapping[str, object], root: Path) -> None:
    """Run the server with the constants of `server.py`; `root` is the folder of `index.html` and `static/`."""
    open_closed_streams()
    command = command_line(defaults, root, _run)
    try:
        command.main(standalone_mode=False)
    except click.UsageError as problem:
        _refuse(problem, defaults)
        sys.exit(problem.exit_code)
    except click.Abort:  # Ctrl-C in the very first moment
        sys.exit(0)
    finally:
        drop_unwritable_output()


def _refuse(problem: click.UsageError, defaults: Mapping[str, object]) -> None:
    """Report what is wrong with the settings, in the format that they ask for."""
    params = problem.ctx.params if problem.ctx else {}
    kind = params.get("log_format") or _setting("log_format", sys.argv, defaults)
    lang = params.get("lang") or _setting("lang", sys.argv, defaults)
    if kind == "json":
        set_up_logging(kind, "info")
        _report_failure(problem.format_message(), kind, problem.exit_code)
    elif reads_russian(sys.stderr, lang):
        _report_failure(problem.format_message(), kind, problem.exit_code, lang)
    else:
        problem.show()


def _report_failure(text: str, kind: str, exit_code: int, lang: str = "") -> None:
    """Report why the server doesn't start: to a person in their language, to a program as a line of the log."""
    if kind == "json" or goes_to_journal():
        logging.getLogger("wschat").critical("%s", text, extra={"exit_code": exit_code})
        return
    if reads_russian(sys.stderr, lang):
        from .russian import in_russian

        text = in_russian(text)
    with suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _setting(name: str, words: Sequence[str], defaults: Mapping[str, object]) -> str:
    """The value of a setting if the command line can't be parsed: from its words, the environment or the defaults."""
    option = f"--{option_name(name)}"
    named = [word for before, word in pairwise(words) if before == option]
    named += [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
    others = [os.environ.get(variable_name(name)), str(defaults.get(name.upper()))]
    return next(filter(None, [*named, *others])).lower()


def _run(settings: Settings) -> None:
    threading.Thread(target=_read_ahead, name="imports").start()
    set_up_logging(settings.log_format, settings.log_level)
    control_fd = _control_fd()
    stop = StopSignals(lambda: control_fd != NO_WORKER and is_hung_up(control_fd))
    stop.record()
    if control_fd == NO_WORKER:
        logger.info("Starting version %s", __version__, extra=_facts(settings))
    for warning in settings.warnings if control_fd == NO_WORKER else ():
        logger.warning("%s", warning)
    try:
        _serve(settings, stop, control_fd)
    except (Stopped, asyncio.CancelledError):
        pass
    except StartError as problem:
        stop.restore()
        _report_failure(str(problem), settings.log_format, problem.exit_code, settings.lang)
        sys.exit(problem.exit_code)
    except BaseException:
        stop.restore()  # `make dev` goes on, and must be stoppable by Ctrl-C
        raise
    stop.ignore()


def _facts(settings: Settings) -> dict[str, str]:
    """The facts that a reader of the log needs: Python's version, and each setting that was set outside server.py."""
    changed = " ".join(f"{name}={value}" for name, value in settings.changed.items())
    return {"python": ".".join(map(str, sys.version_info[:3])), **({"settings": changed} if changed else {})}


def _control_fd() -> int:
    """A worker's end of the pair; NO_WORKER if the environment names none, or no socket."""
    text = os.environ.pop(CONTROL_FD, "")
    try:
        if text and stat.S_ISSOCK(os.fstat(int(text)).st_mode):
            return int(text)
    except (ValueError, OverflowError, OSError):
        pass
    if text:
        logger.warning("%s=%s is ignored: the server sets it for its own workers", CONTROL_FD, text)
    return NO_WORKER


def _read_ahead() -> None:
    """Import the node and Tornado while Redis starts: both take about as long, and neither needs the other."""
    with suppress(Exception):  # the later import fails, too, and there it can be reported
        importlib.import_module(".node", __package__)


def _serve(settings: Settings, stop: StopSignals, control_fd: int) -> None:
    if control_fd == NO_WORKER and ACTIVATED in os.environ:
        from ..web import check_passed_sockets

        check_passed_sockets()  # before a Redis is started for a server that can't start
    credentials = Credentials(settings.redis_user, settings.redis_password)
    source = find_redis(settings.redis, settings.data, credentials, stop, lambda: _check(settings, control_fd))
    try:
        serve = _server(settings, control_fd)
        relax_garbage_collection()
        asyncio.run(serve(settings, source, stop), debug=True if DEV in os.environ else None)
    finally:
        source.release()


def _check(settings: Settings, control_fd: int) -> None:
    """Report errors in the settings before waiting for Redis."""
    if control_fd == NO_WORKER:
        from .part_settings import check

        check(settings)


def _server(settings: Settings, control_fd: int) -> Serve:
    """The role of this process."""
    if DEV in os.environ:
        from .development import serve_development

        return serve_development
    if control_fd == NO_WORKER and settings.workers > 1:
        from .supervisor import supervise

        return supervise
    if control_fd != NO_WORKER:
        from .worker import serve as serve_worker

        return partial(serve_worker, control_fd=control_fd)
    from .standalone import serve

    return serve


def relax_garbage_collection() -> None:
    """Look for reference cycles less often, and never among the objects that exist at the start.

    A node keeps thousands of objects for each thousand people, and searching them all over and over took a fifth of its
    time while people joined. A closed connection is freed without that: its cycles are cut when it closes.
    """
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()
