"""A node's metrics at one moment: a worker sends them to its supervisor, which adds them up."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Annotated, get_type_hints

from msgspec import Struct, field, structs

from ...errors import CloseCode, ErrorCode
from .kinds import Durations, Gauge, Histogram, Metric, Total

HOOK_CALL_OUTCOMES = ("done", "failed", "skipped")
REJECTED_FOR = ("full", "address", "origin", "draining")
PICTURES_REFUSED_FOR = tuple(
    code.value for code in (ErrorCode.PICTURE_INVALID, ErrorCode.BUSY, ErrorCode.UNAVAILABLE, ErrorCode.NO_SPACE)
)
CLOSED_WITH = (str(CloseCode.INTERNAL_ERROR.value),)  # an alert waits for the first one


class Snapshot(Struct):
    """A node's metrics. Times are in seconds, `memory` in bytes. The annotations define each field's metric."""

    broadcasts: Annotated[int, Total("wschat_broadcasts", "Frames sent to everyone in a room on this server.")] = 0
    deliveries: Annotated[
        int, Total("wschat_deliveries", "Frames sent to everyone in a room, counted once for each connection.")
    ] = 0
    posts_stored: Annotated[int, Total("wschat_posts_stored", "Posts that were stored.")] = 0
    posts_repeated: Annotated[int, Total("wschat_posts_repeated", "Posts that had been stored before.")] = 0
    changes_done: Annotated[
        int, Total("wschat_changes_done", "Edits, deletions and groups of reactions that were answered by done.")
    ] = 0
    log_reads: Annotated[
        int, Total("wschat_log_reads", "Times that a room's log was read: at its opening, on a gap, after a lost link.")
    ] = 0
    link_losses: Annotated[int, Total("wschat_redis_link_losses", "Times that the connection to Redis was lost.")] = 0
    opened: Annotated[int, Total("wschat_connections_opened", "WebSockets opened.")] = 0
    expired: Annotated[int, Total("wschat_entries_expired", "Messages and changes erased because of HISTORY_DAYS.")] = 0
    pictures_stored: Annotated[int, Total("wschat_pictures_stored", "Pictures that were stored.")] = 0
    picture_bytes: Annotated[int, Total("wschat_picture_bytes", "Bytes of the pictures that were stored.")] = 0
    pictures_refused: Annotated[
        dict[str, int],
        Total("wschat_pictures_refused", "Pictures refused, by error code.", "code", PICTURES_REFUSED_FOR),
    ] = {}
    hook_calls: Annotated[
        dict[str, int],
        Total("wschat_hook_calls", "Calls of outgoing hooks, by outcome.", "outcome", HOOK_CALL_OUTCOMES),
    ] = {}
    cpu: Annotated[float, Total("process_cpu_seconds", "Processor time of all processes of the server.")] = 0.0
    closed: Annotated[
        dict[str, int],
        Total("wschat_connections_closed", "WebSockets that ended, by close code.", "code", CLOSED_WITH),
    ] = {}
    rejected: Annotated[
        dict[str, int],
        Total("wschat_connections_rejected", "Handshakes rejected, by reason.", "reason", REJECTED_FOR),
    ] = {}
    refusals: Annotated[
        dict[str, int],
        Total("wschat_refusals", "Commands refused, by error code.", "code", tuple(code.value for code in ErrorCode)),
    ] = {}
    storing: Annotated[
        Histogram,
        Durations("wschat_store_duration_seconds", "Time that Redis took to store a group of posts and changes."),
    ] = field(default_factory=Histogram)
    lag: Annotated[
        Histogram,
        Durations("wschat_event_loop_lag_seconds", "Time by which an event loop was late, looked at every second."),
    ] = field(default_factory=Histogram)
    connections: Annotated[int, Gauge("wschat_connections", "WebSockets that are open.")] = 0
    event_streams: Annotated[int, Gauge("wschat_event_streams", "Programs that follow a room over HTTP.")] = 0
    sessions: Annotated[int, Gauge("wschat_sessions", "Sessions that are in a room.")] = 0
    rooms: Annotated[int, Gauge("wschat_rooms", "Rooms that this server follows.")] = 0
    posts_waiting: Annotated[int, Gauge("wschat_posts_waiting", "Posts and changes that aren't stored yet.")] = 0
    hooks_waiting: Annotated[
        int, Gauge("wschat_hooks_waiting", "Outgoing hooks whose program hasn't taken a message yet.")
    ] = 0
    outbox_bytes: Annotated[int, Gauge("wschat_outbox_bytes", "Bytes that wait for clients to read them.")] = 0
    redis_up: Annotated[int, Gauge("wschat_redis_up", "1 while every process is connected to Redis.", min)] = 1
    writes_refused: Annotated[
        int, Gauge("wschat_redis_writes_refused", "1 while Redis answers but stores nothing.", max)
    ] = 0
    draining: Annotated[int, Gauge("wschat_draining", "1 while the server shuts down.", max)] = 0
    processes: Annotated[int, Gauge("wschat_processes", "Processes that serve clients.")] = 0
    retention: Annotated[
        float,
        Gauge("wschat_retention_seconds", "Age at which HISTORY_DAYS erases messages; 0: at none.", max, outlives=True),
    ] = 0.0
    swept: Annotated[
        float,
        Gauge(
            "wschat_retention_last_run_timestamp_seconds",
            "When a search for old messages last left out no room; 0: never.",
            max,
            outlives=True,
        ),
    ] = 0.0
    oldest: Annotated[
        float,
        Gauge(
            "wschat_oldest_message_timestamp_seconds",
            "When the oldest message was written that the last search for old messages kept.",
            latest_by="swept",
            outlives=True,
        ),
    ] = 0.0
    memory: Annotated[
        int, Gauge("process_resident_memory_bytes", "Resident memory of all processes of the server.")
    ] = 0
    open_files: Annotated[int, Gauge("process_open_fds", "Open files of all processes of the server.")] = 0
    max_files: Annotated[int, Gauge("process_max_fds", "How many files all processes of the server may open.")] = 0
    start_time: Annotated[
        float, Gauge("process_start_time_seconds", "When the youngest process began to serve, since 1970.", max)
    ] = 0.0

    def ended(self) -> Snapshot:
        """The part that outlives its process: totals stay, and gauges drop to nothing."""
        nothing = Snapshot()
        gone = [name for name, metric in metrics_of().items() if isinstance(metric, Gauge) and not metric.outlives]
        return structs.replace(self, **{name: getattr(nothing, name) for name in gone})


@cache
def metrics_of() -> dict[str, Metric]:
    """The metric of each field of `Snapshot`."""
    hints = get_type_hints(Snapshot, include_extras=True)
    return {name: hints[name].__metadata__[0] for name in Snapshot.__struct_fields__}


def added(snapshots: Iterable[Snapshot]) -> Snapshot:
    """The snapshots of several processes as one."""
    several = list(snapshots)
    metrics = metrics_of() if several else {}
    return Snapshot(**{name: metric.merged(name, several) for name, metric in metrics.items()})
