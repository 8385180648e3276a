"""A node's metrics at one moment: a worker sends them to its supervisor, which adds them up."""

from __future__ import annotations

import os
import resource
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct, field, structs

from ..counters import BOUNDS, Counters, Timing

LEAST = ("redis_up",)  # of several processes the lowest counts, and of these the highest
MOST = ("writes_refused", "draining", "start_time", "swept", "oldest")
GAUGES = (
    "connections", "sessions", "rooms", "posts_waiting", "outbox_bytes", "memory", "open_files", "max_files",
    "processes",
)  # fmt: skip
NUMBERS = (
    "broadcasts", "deliveries", "posts_stored", "posts_repeated", "changes_done", "log_reads", "link_losses", "opened",
    "expired", "swept", "oldest",
)  # fmt: skip
PAGE = os.sysconf("SC_PAGE_SIZE")


class Histogram(Struct):
    """A `Timing` at one moment."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


class Snapshot(Struct):
    """`closed`, `rejected` and `refusals` are by code or reason; times are in seconds, `memory` in bytes."""

    broadcasts: int = 0
    deliveries: int = 0
    posts_stored: int = 0
    posts_repeated: int = 0
    changes_done: int = 0
    log_reads: int = 0
    link_losses: int = 0
    opened: int = 0
    expired: int = 0
    closed: dict[str, int] = {}
    rejected: dict[str, int] = {}
    refusals: dict[str, int] = {}
    storing: Histogram = field(default_factory=Histogram)
    lag: Histogram = field(default_factory=Histogram)
    cpu: float = 0.0
    connections: int = 0
    sessions: int = 0
    rooms: int = 0
    posts_waiting: int = 0
    outbox_bytes: int = 0
    redis_up: int = 1
    writes_refused: int = 0
    draining: int = 0
    memory: int = 0
    open_files: int = 0
    max_files: int = 0
    start_time: float = 0.0
    swept: float = 0.0
    oldest: float = 0.0
    processes: int = 0

    def ended(self) -> Snapshot:
        """The part that outlives its process: totals stay, and gauges drop to nothing."""
        return structs.replace(
            self, **dict.fromkeys(GAUGES, 0), redis_up=1, writes_refused=0, draining=0, start_time=0.0
        )


def of_counters(counters: Counters) -> Snapshot:
    """The node's totals, and the state of this process."""
    numbers = {name: getattr(counters, name) for name in NUMBERS}
    return Snapshot(
        **numbers,
        closed={str(code): count for code, count in counters.closed.items()},
        rejected=dict(counters.rejected),
        refusals=dict(counters.refusals),
        storing=_histogram(counters.storing),
        lag=_histogram(counters.lag),
        cpu=time.process_time(),
        memory=_memory(),
        open_files=_open_files(),
        max_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        processes=1,
    )


def added(snapshots: Iterable[Snapshot]) -> Snapshot:
    """Those of several processes as one."""
    several = list(snapshots)
    names = Snapshot.__struct_fields__ if several else ()
    return Snapshot(**{name: _added(name, [getattr(one, name) for one in several]) for name in names})


def _added(name: str, values: list[Any]) -> Any:
    """One field of several snapshots as one."""
    if name in LEAST:
        return min(values)
    if name in MOST:
        return max(values)
    if isinstance(values[0], dict):
        return dict(sum(map(Counter, values), Counter()))
    if isinstance(values[0], Histogram):
        counts = [sum(column) for column in zip(*(one.counts for one in values), strict=True)]
        return Histogram(counts, sum(one.total for one in values))
    return sum(values)


def _histogram(timing: Timing) -> Histogram:
    return Histogram(list(timing.counts), timing.total)


def _memory() -> int:
    """Bytes that are resident; on macOS, where only the most that ever was is known, that."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * PAGE
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _open_files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return len(os.listdir(folder))
        except OSError:
            continue
    return 0
