"""The kinds of metrics, and how the values of a metric from several processes become one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec import Struct, field

from ...counters import BOUNDS


class Histogram(Struct):
    """A `Timing` at one moment."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


class Total(NamedTuple):
    """A count that only grows: its metric's name and help text, and the label by which it counts, if any, with the
    values that exist from the start: without a 0 before it, Prometheus sees no increase in a first 1.
    """

    name: str
    help: str
    label: str = ""
    values: tuple[str, ...] = ()

    def merged(self, attribute: str, snapshots: Sequence[object]) -> Any:
        counts = [getattr(one, attribute) for one in snapshots]
        return dict(sum(map(Counter, counts), Counter())) if self.label else sum(counts)


class Gauge(NamedTuple):
    """A present value. Those of several processes become one by `merge`; or, with `latest_by`, the one counts whose
    process has the highest value there, a time. `outlives`: it still counts after its process has ended.
    """

    name: str
    help: str
    merge: Callable[[Iterable[Any]], Any] = sum
    latest_by: str = ""
    outlives: bool = False

    def merged(self, attribute: str, snapshots: Sequence[object]) -> Any:
        if self.latest_by:
            return getattr(max(snapshots, key=attrgetter(self.latest_by)), attribute)
        return self.merge(getattr(one, attribute) for one in snapshots)


class Durations(NamedTuple):
    """A histogram of durations."""

    name: str
    help: str

    def merged(self, attribute: str, snapshots: Sequence[object]) -> Any:
        histograms = [getattr(one, attribute) for one in snapshots]
        counts = [sum(column) for column in zip(*(one.counts for one in histograms), strict=True)]
        return Histogram(counts, sum(one.total for one in histograms))


Metric = Total | Gauge | Durations
