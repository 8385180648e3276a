"""Work beside other work: started so that its failure is seen, and ended for certain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any

AGAIN = 0.2  # s between two cancellations

logger = logging.getLogger(__name__)


def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Run it in a task of its own. Should it fail, the log says so at once."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(_report)
    return task


async def cancel_all(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Cancel these tasks and wait until all have ended; None stands for a task that there isn't.

    Once isn't enough: a cancellation that arrives while a time-out inside a library fires can be swallowed by it,
    and a loop that catches time-outs then goes on for ever (seen when 12,000 people left during a stop).
    """
    pending = {task for task in tasks if task is not None and not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("Background task failed", exc_info=task.exception())
