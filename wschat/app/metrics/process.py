"""What a process can say of itself: its counters, and what the operating system counts of it."""

from __future__ import annotations

import os
import resource
import time
from typing import Any

from ...counters import Counters, Timing
from .kinds import Histogram
from .snapshot import Snapshot

PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


def measured(counters: Counters) -> Snapshot:
    """A snapshot with the node's counts, and the state of this process; what only the node knows isn't in it yet."""
    fields = {name: getattr(counters, name) for name in Counters.__struct_fields__}
    numbers: dict[str, Any] = {name: value for name, value in fields.items() if isinstance(value, (int, float))}
    return Snapshot(
        **numbers,
        closed=dict(counters.closed),
        rejected=dict(counters.rejected),
        pictures_refused=dict(counters.pictures_refused),
        hook_calls=dict(counters.hook_calls),
        refusals=dict(counters.refusals),
        storing=_histogram(counters.storing),
        lag=_histogram(counters.lag),
        cpu=time.process_time(),
        memory=_memory(),
        open_files=_open_files(),
        max_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        processes=1,
    )


def _histogram(timing: Timing) -> Histogram:
    return Histogram(list(timing.counts), timing.total)


def _memory() -> int:
    """The resident memory in bytes; on macOS its peak, since nothing else is known there."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * PAGE_SIZE
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _open_files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return len(os.listdir(folder))
        except OSError:
            continue
    return 0
