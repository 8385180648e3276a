"""The metrics page, for Prometheus, on a listener of its own, which strangers must not reach.

It is imported only with `--metrics` (serving.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from tornado.httpserver import HTTPServer
from tornado.routing import URLSpec
from tornado.web import Application, RedirectHandler, RequestHandler

from ... import __version__
from ...counters import BOUNDS
from ...errors import StartError
from ...web import listening_sockets
from .kinds import Durations, Gauge, Histogram, Metric
from .snapshot import Snapshot, metrics_of


class Families(Collector):
    """Converts a snapshot to Prometheus's metrics."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Family]:
        snapshot = self._snapshot()
        yield InfoMetricFamily("wschat_build", "The version that runs.", {"version": __version__})
        yield from (_family(metric, getattr(snapshot, field)) for field, metric in metrics_of().items())


class MetricsServer:
    """Serves `/metrics` at `address` (host:port) from `start` to `stop`. `snapshot` returns the numbers."""

    def __init__(self, address: str, snapshot: Callable[[], Snapshot]) -> None:
        host, _, port = address.rpartition(":")
        self._place = host.strip("[]"), int(port)
        collectors = CollectorRegistry()
        collectors.register(Families(snapshot))
        pages = [
            URLSpec("/metrics", _Page, {"collectors": collectors}),
            URLSpec("/", RedirectHandler, {"url": "/metrics"}),
        ]
        self._server = HTTPServer(Application(pages, log_function=lambda handler: None))
        self.port = 0

    def start(self) -> None:
        """Begin to listen. Raises StartError."""
        try:
            sockets = listening_sockets(*self._place)
        except StartError as problem:  # whose advice is for the chat's own port
            what = str(problem).partition("\n")[0]
            raise type(problem)(f"{what}\nChoose another address: --metrics") from None
        self.port = sockets[0].getsockname()[1]
        self._server.add_sockets(sockets)

    async def stop(self) -> None:
        self._server.stop()
        await self._server.close_all_connections()


class _Page(RequestHandler):
    def initialize(self, collectors: CollectorRegistry) -> None:
        self._collectors = collectors

    def get(self) -> None:
        encode, kind = choose_encoder(self.request.headers.get("Accept", ""))
        self.set_header("Content-Type", kind)
        self.finish(encode(self._collectors))

    head = get

    def compute_etag(self) -> None:
        """None, since the page is different each time."""


def _family(metric: Metric, value: Any) -> Family:
    """A field of a snapshot as a metric of Prometheus."""
    if isinstance(metric, Gauge):
        return GaugeMetricFamily(metric.name, metric.help, value)
    if isinstance(metric, Durations):
        return _histogram(metric, value)
    if not metric.label:
        return CounterMetricFamily(metric.name, metric.help, value)
    family = CounterMetricFamily(metric.name, metric.help, labels=[metric.label])
    for label, count in sorted({**dict.fromkeys(metric.values, 0), **value}.items()):
        family.add_metric([label], count)
    return family


def _histogram(metric: Durations, histogram: Histogram) -> HistogramMetricFamily:
    sums = list(itertools.accumulate(histogram.counts))
    buckets = list(zip([*map(str, BOUNDS), "+Inf"], sums, strict=True))
    return HistogramMetricFamily(metric.name, metric.help, buckets=buckets, sum_value=histogram.total)
