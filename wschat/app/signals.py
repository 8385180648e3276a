"""Ctrl-C, SIGTERM and SIGUSR1."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

from ..errors import CloseCode

SPREAD = 5.0  # s over which a drain closes connections, so that they don't all come back in one moment
MEANING = {signal.SIGINT: (CloseCode.GOING_AWAY, 0.0), signal.SIGTERM: (CloseCode.RESTARTING, SPREAD)}

logger = logging.getLogger(__name__)


def on_signal(end: Callable[[CloseCode, float], None]) -> None:
    """The first signal calls `end` with people's close code and the seconds over which to close their connections;
    a second one ends the process as signals do.
    """
    loop = asyncio.get_running_loop()

    def signalled(code: CloseCode, spread: float) -> None:
        for number in MEANING:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        logger.info("Shutting down (signal received)")
        end(code, spread)

    for number, (code, spread) in MEANING.items():
        loop.add_signal_handler(number, signalled, code, spread)


def on_dump_request(dump: Callable[[], None]) -> None:
    """SIGUSR1 calls `dump`, each time."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, dump)
