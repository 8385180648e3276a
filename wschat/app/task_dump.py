"""Dumps the stack of each task of this process into the log: `kill -USR1`."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import wschat

PLACES_MAX = 100  # a node with thousands of connections has few places where tasks wait, unless something is wrong
ROOT = str(Path(wschat.__file__).parent.parent) + "/"

logger = logging.getLogger(__name__)


def log_tasks() -> None:
    """Log every task of the running loop; tasks that wait at the same place are counted together."""
    tasks = asyncio.all_tasks()
    logger.warning("Task dump: %d tasks%s", len(tasks), dump(tasks))


def dump(tasks: set[asyncio.Task[Any]]) -> str:
    """For each place, most tasks first: the number of tasks, the name of one, and its frames, outermost first."""
    names = {stack(task): task.get_name() for task in tasks}
    counts = Counter(map(stack, tasks)).most_common()
    lines = [f"\n  {count} × {names[frames]}{''.join(frames)}" for frames, count in counts[:PLACES_MAX]]
    if len(counts) > PLACES_MAX:
        lines.append(f"\n  … and {len(counts) - PLACES_MAX} more places")
    return "".join(lines)


def stack(task: asyncio.Task[Any]) -> tuple[str, ...]:
    """The frames from the task's own coroutine down to the one that waits; task.get_stack() only has the first."""
    return tuple(_frames(task.get_coro()))


def _frames(awaited: Any) -> Iterator[str]:
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is None:  # a future, or a C function's awaitable: nothing below it runs Python
            return
        yield f"\n      {frame.f_code.co_filename.removeprefix(ROOT)}:{frame.f_lineno} in {frame.f_code.co_name}"
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
