"""The metrics page, for Prometheus: on a listener of its own, which strangers must not reach.

Imported only where `--metrics` is set: nobody else pays for prometheus-client.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from tornado.httpserver import HTTPServer
from tornado.routing import URLSpec
from tornado.web import Application, RedirectHandler, RequestHandler

from .. import __version__
from ..counters import BOUNDS
from ..errors import ErrorCode, StartError
from ..web import listening_sockets
from .snapshot import Histogram, Snapshot

COUNTERS = {  # field of Snapshot: name, help
    "broadcasts": ("wschat_broadcasts", "Frames sent to everyone in a room on this server."),
    "deliveries": ("wschat_deliveries", "The same, once for each connection that a frame was for."),
    "posts_stored": ("wschat_posts_stored", "Posts that were stored."),
    "posts_repeated": ("wschat_posts_repeated", "Posts that had been stored before."),
    "changes_done": ("wschat_changes_done", "Edits, deletions and groups of reactions that were answered by done."),
    "log_reads": ("wschat_log_reads", "Times that a room's log was read: at its opening, on a gap, after a lost link."),
    "link_losses": ("wschat_redis_link_losses", "Times that the connection to Redis was lost."),
    "opened": ("wschat_connections_opened", "WebSockets opened."),
    "expired": ("wschat_entries_expired", "Messages and changes erased because of HISTORY_DAYS."),
    "cpu": ("process_cpu_seconds", "Processor time of all processes of the server."),
}
LABELLED = {  # field of Snapshot: name, help, label
    "closed": ("wschat_connections_closed", "WebSockets that ended, by close code.", "code"),
    "rejected": ("wschat_connections_rejected", "Handshakes rejected, by reason.", "reason"),
    "refusals": ("wschat_refusals", "Commands refused, by error code.", "code"),
}
FROM_THE_START = {  # values of these labels: Prometheus sees no increase in a first 1 that had no 0 before it
    "closed": (),
    "rejected": ("full", "address", "origin", "draining"),
    "refusals": tuple(code.value for code in ErrorCode),
}
GAUGES = {
    "connections": ("wschat_connections", "WebSockets that are open."),
    "sessions": ("wschat_sessions", "Sessions that are in a room."),
    "rooms": ("wschat_rooms", "Rooms that this server follows."),
    "posts_waiting": ("wschat_posts_waiting", "Posts and changes that aren't stored yet."),
    "outbox_bytes": ("wschat_outbox_bytes", "Bytes that wait for clients to read them."),
    "redis_up": ("wschat_redis_up", "1 while every process is connected to Redis."),
    "writes_refused": ("wschat_redis_writes_refused", "1 while Redis answers but stores nothing."),
    "draining": ("wschat_draining", "1 while the server shuts down."),
    "processes": ("wschat_processes", "Processes that serve clients."),
    "swept": ("wschat_retention_last_run_timestamp_seconds", "When all rooms were last searched for old messages."),
    "oldest": ("wschat_oldest_message_timestamp_seconds", "When the oldest message was written that was kept then."),
    "memory": ("process_resident_memory_bytes", "Resident memory of all processes of the server."),
    "open_files": ("process_open_fds", "Open files of all processes of the server."),
    "max_files": ("process_max_fds", "How many files all processes of the server may open."),
    "start_time": ("process_start_time_seconds", "When the youngest process began to serve, since 1970."),
}
HISTOGRAMS = {
    "storing": ("wschat_store_duration_seconds", "Time that Redis took to store a group of posts and changes."),
    "lag": ("wschat_event_loop_lag_seconds", "Time by which an event loop was late, looked at every second."),
}


class Families(Collector):
    """A snapshot as Prometheus has it."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        snapshot = self._snapshot()
        yield InfoMetricFamily("wschat_build", "The version that runs.", {"version": __version__})
        for field, (name, text) in COUNTERS.items():
            yield CounterMetricFamily(name, text, getattr(snapshot, field))
        for field, (name, text) in GAUGES.items():
            yield GaugeMetricFamily(name, text, getattr(snapshot, field))
        for field, (name, text, label) in LABELLED.items():
            family = CounterMetricFamily(name, text, labels=[label])
            counts = {**dict.fromkeys(FROM_THE_START[field], 0), **getattr(snapshot, field)}
            for value, count in sorted(counts.items()):
                family.add_metric([value], count)
            yield family
        for field, (name, text) in HISTOGRAMS.items():
            yield _histogram(name, text, getattr(snapshot, field))


class MetricsServer:
    """Serves `/metrics` at `address` (host:port) from `start` to `stop`. `snapshot` gives the numbers."""

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
        """Raises StartError."""
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
        """None: what is served is another each time."""


def _histogram(name: str, text: str, histogram: Histogram) -> HistogramMetricFamily:
    sums = list(itertools.accumulate(histogram.counts))
    bounds = [*map(str, BOUNDS), "+Inf"]
    return HistogramMetricFamily(name, text, buckets=list(zip(bounds, sums, strict=True)), sum_value=histogram.total)
