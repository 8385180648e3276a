"""Background tasks: started so that their failures are logged, and ended for certain."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextvars import ContextVar
from typing import Any, TypeVar

from ..errors import ChatError

AGAIN = 0.2  # s between two cancellations

background_rank: ContextVar[float | None] = ContextVar("background_rank", default=None)
"""Set by `Sync`, followed by redis_connections.py: the task's calls to Redis come after those for which people wait.
Its rank among such tasks, the lowest first."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Group:
    """The tasks of one owner, from their start to their end; it keeps the references that asyncio doesn't.

    The failure of a task is logged at once, with its traceback, and doesn't end the others.
    """

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        """The number of tasks that are still running."""
        return len(self._tasks)

    def spawn(
        self, work: Coroutine[Any, Any, None], on_failure: Callable[[], object] | None = None
    ) -> asyncio.Task[None]:
        """Run `work` in a task of its own, which gets its name; `on_failure` is called if it raises."""
        task = spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if on_failure is not None:
            task.add_done_callback(lambda ended: on_failure() if _failure(ended) else None)
        return task

    async def carry_out(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, which runs to its end even if the caller is cancelled.

        The caller gets its exception; if the caller is gone, an exception that is a bug is logged.
        """
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await outlasting(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report_bug)
            raise

    def cancel(self) -> None:
        """Cancel all tasks, without waiting for their end."""
        for task in list(self._tasks):
            task.cancel()

    async def wait(self, timeout: float | None = None) -> None:
        """Wait until all tasks have ended on their own, at most `timeout` seconds; those that haven't go on."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout)

    async def stop(self) -> None:
        """Cancel all tasks, and wait until they have ended."""
        await cancel_all(self._tasks)


async def repeat(turn: Callable[[], Awaitable[object] | None], pause: float) -> None:
    """Call `turn()` after every `pause` seconds, for ever; a failure is logged, and doesn't stop the next turn."""
    while True:
        await asyncio.sleep(pause)
        try:
            work = turn()
            if work is not None:
                await work
        except Exception:
            logger.exception("Task failed", extra={"task": getattr(turn, "__qualname__", repr(turn))})


def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Run `work` in a task of its own, in the foreground even if the caller isn't. A failure is logged at once."""
    before = background_rank.set(None)
    task = asyncio.get_running_loop().create_task(work, name=getattr(work, "__qualname__", None))
    background_rank.reset(before)
    task.add_done_callback(_report)
    return task


async def outlasting(future: asyncio.Future[T]) -> T:
    """The result of `future`, which goes on even if the caller is cancelled; nobody need handle its failure then.

    From Python 3.14 on, asyncio.shield would log that failure, with a traceback, even while others wait for it.
    """
    if not future.done():
        await asyncio.wait([future])
    return future.result()


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. Raises asyncio.TimeoutError if that takes longer than `seconds`.

    Before Python 3.12, asyncio.wait_for runs the work in a task; if the caller is cancelled and the work reacts to that
    with another exception, nobody retrieves it, and that is logged (seen when a link was stopped while it connected).
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(_failure)
    return await asyncio.wait_for(task, seconds)


async def cancel_all(tasks: Iterable[asyncio.Task[Any] | None]) -> None:
    """Cancel these tasks and wait until all have ended; None stands for a task that doesn't exist.

    Once isn't enough: a cancellation that arrives while a time-out in a library fires can be swallowed by it, and a
    loop that catches time-outs then goes on for ever (seen when 12,000 people left during a stop).
    """
    pending = {task for task in tasks if task is not None and not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN)


def _failure(task: asyncio.Task[Any]) -> BaseException | None:
    return None if task.cancelled() else task.exception()


def _report_bug(task: asyncio.Task[Any]) -> None:
    if not isinstance(_failure(task), ChatError):
        _report(task)


def _report(task: asyncio.Task[Any]) -> None:
    problem = _failure(task)
    if problem is not None:
        logger.error("Background task failed", extra={"task": task.get_name()}, exc_info=problem)
