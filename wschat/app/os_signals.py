"""Signal handlers while the event loop runs: drain, leave at once, dump tasks, reload."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress

from ..errors import CloseCode
from ..stop import StopSignals, has_terminal

SPREAD = 5.0  # s over which a drain closes connections, so that they don't all come back at the same moment
TOGETHER = 0.5  # s: a terminal that closes sends SIGHUP twice, and Ctrl-C may reach a program in two ways
MEANING = dict.fromkeys((signal.SIGINT, signal.SIGQUIT), (CloseCode.GOING_AWAY, 0.0))  # a person waits for it
DRAIN = (CloseCode.RESTARTING, SPREAD)

logger = logging.getLogger(__name__)


def on_signal(stop: StopSignals, end: Callable[[CloseCode, float], None]) -> None:
    """Let the first signal call `end` with a close code and the seconds over which to close connections, and a later
    one cancel the task that called this function, which must leave at once then.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    first = 0.0

    def signalled(number: int) -> None:
        nonlocal first
        if not first:
            first = loop.time()
            logger.info("Shutting down (signal received)")
            end(*MEANING.get(signal.Signals(number), DRAIN))
        elif loop.time() - first > TOGETHER:
            task.cancel()

    def interrupt(number: int) -> None:
        with suppress(RuntimeError):  # the loop is closed: the rest takes little time
            loop.call_soon_threadsafe(signalled, number)

    stop.listen(interrupt)


def on_dump_request(dump: Callable[[], None]) -> None:
    """Let each SIGUSR1 call `dump`."""
    signal.signal(signal.SIGUSR1, _in_the_loop(dump))


def on_reload_request(reload: Callable[[], None]) -> None:
    """Let each SIGHUP call `reload`, if no terminal can send it."""
    if not has_terminal():
        signal.signal(signal.SIGHUP, _in_the_loop(reload))


def _in_the_loop(call: Callable[[], None]) -> Callable[[int, object], None]:
    """A signal handler that lets the running event loop call `call`."""
    loop = asyncio.get_running_loop()

    def interrupt(number: int, frame: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the rest takes little time
            loop.call_soon_threadsafe(call)

    return interrupt
