"""Counts of events on a node since its start, as plain numbers: each part adds its own, metrics read them.

An event costs an addition, and nothing is imported for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter

from msgspec import Struct, field

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # s


class Timing:
    """The durations of something: the counts within each of BOUNDS and beyond the last, and the sum in seconds."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


class Counters(Struct):
    """The counts of one node. `deliveries` counts a frame once for each member to which it was sent. `refusals` counts
    `error` events by code, `closed` connections by their close code ("other": one of a client's own), `rejected`
    handshakes by reason.
    """

    broadcasts: int = 0
    deliveries: int = 0
    posts_stored: int = 0
    posts_repeated: int = 0
    changes_done: int = 0
    log_reads: int = 0
    link_losses: int = 0
    opened: int = 0
    expired: int = 0  # entries erased because of their age
    swept: float = 0.0  # when a search for such entries last left out no room, in s since 1970; 0: never
    oldest: float = 0.0  # when the oldest message that was kept then was written
    pictures_stored: int = 0
    picture_bytes: int = 0  # of those
    pictures_refused: Counter[str] = field(default_factory=Counter)  # by code
    hook_calls: Counter[str] = field(default_factory=Counter)  # of outgoing hooks, by outcome
    closed: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    storing: Timing = field(default_factory=Timing)  # of the publisher's round trips
    lag: Timing = field(default_factory=Timing)  # by which the event loop was late, measured once a second
