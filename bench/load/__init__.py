"""The load generator, a C program in this folder: clients that join, post, and account for every delivery."""

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from bench.build import built

SOURCES = tuple(sorted(Path(__file__).parent.glob("*.c")))
TEXT = 60  # bytes that a person writes
EVENT = 250  # bytes that wschat makes of them; rivals pass texts on as they are, and are sent that many


class LoadFailed(Exception):
    """The load generator gave up; the text says why."""


class Target(Protocol):
    """A server as the load generator sees it."""

    dialect: str
    port: int
    path: str

    def cpu_seconds(self) -> float: ...


@dataclass(frozen=True)
class Plan:
    """What the clients do. Zero `rate` means as fast as `window` unanswered posts a sender allow."""

    clients: int = 1000
    rooms: int = 1
    senders: int = 0
    rate: int = 0  # posts a second in all
    window: int = 1
    echo: bool = False  # a post is answered by the sender's own copy, not by its ack; with rivals always so
    inflight: int = 64  # joins under way at once
    arrivals: int = 0  # clients that join during the measurement
    arrival_rate: int = 0  # a second; 0: all at once
    settle: float = 1.0
    seconds: float = 3.0
    drain: float = 5.0  # seconds to wait for what is still under way
    limit: int = 120  # seconds; then the generator is killed

    def options(self) -> list[str]:
        return [f"--{name.replace('_', '-')}={+value}" for name, value in asdict(self).items()]  # +True is 1


class Times(msgspec.Struct):
    """A distribution, in milliseconds."""

    count: int
    p50: float
    p99: float
    max: float


class Online(msgspec.Struct):
    """The `online` events that the clients got, and when the last one of them knew the true count."""

    frames: int
    per_client_second: float
    most_per_second: float
    right_after: float | None  # milliseconds after the last join


class Report(msgspec.Struct):
    """What came of a plan. Counts are of the measured seconds; `missing` ones never came at all."""

    clients: int
    joined: int
    join_seconds: float
    seconds: float
    arrival_seconds: float
    load_cpu_seconds: float
    sent: int
    held: int
    acked: int
    deliveries: int
    missing: int
    bytes: int
    segments: int  # of TCP, with data
    delivery: Times
    last: Times
    ack: Times
    join: Times
    online: Online
    errors: dict[str, int]
    closes: dict[str, int]
    server_cpu_seconds: float = 0.0

    @property
    def kept_up(self) -> bool:
        """Whether next to all messages reached everyone: else the times of those that did flatter."""
        return self.last.count >= 0.99 * self.sent

    @property
    def microseconds_per_delivery(self) -> float:
        return self.server_cpu_seconds / max(self.deliveries, 1) * 1e6

    @property
    def deliveries_per_write(self) -> float:
        """How many messages came together: acks and other events in writes of their own make it less."""
        return self.deliveries / max(self.segments, 1)

    @property
    def deliveries_per_second(self) -> float:
        return self.deliveries / self.seconds


def run(server: Target, plan: Plan, measuring: Callable[[], None] = lambda: None) -> Report:
    """Plays `plan` against `server`; `measuring` is called when the measured seconds begin.

    Raises LoadFailed when the clients can't join or the plan's limit is over.
    """
    size = TEXT if server.dialect == "chat" else EVENT
    target = [f"--dialect={server.dialect}", f"--port={server.port}", f"--path={server.path}"]
    command = [str(built("load", *SOURCES)), *target, f"--size={size}", *plan.options()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        report = _listen(process.stdout, server, measuring)
        trouble = process.stderr.read().decode().strip()
    if report is None:
        raise LoadFailed(trouble or f"not done after {plan.limit} s")
    return report


def _listen(lines: Iterable[bytes], server: Target, measuring: Callable[[], None]) -> Report | None:
    before = spent = 0.0
    for line in lines:
        event = msgspec.json.decode(line)
        match event["event"]:
            case "measuring":
                before = server.cpu_seconds()
                measuring()
            case "measured":
                spent = server.cpu_seconds() - before
            case "report":
                return msgspec.convert({**event, "server_cpu_seconds": spent}, Report)
    return None
