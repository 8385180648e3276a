"""The load generator, a C program in this folder: its clients join, post, and account for every delivery."""

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from bench.build import built

SOURCES = tuple(sorted(Path(__file__).parent.glob("*.c")))
TEXT = 60  # bytes of a message's text
EVENT = 250  # bytes of wschat's event with that text, and of the texts sent to servers that forward them as they are


class LoadFailed(Exception):
    """The load generator failed; the text gives the reason."""


class Target(Protocol):
    """A server as the load generator sees it."""

    dialect: str
    port: int
    path: str

    def cpu_seconds(self) -> float: ...


@dataclass(frozen=True)
class Plan:
    """The clients' task. `rate` 0: as fast as `window` unanswered posts per sender allow."""

    clients: int = 1000
    rooms: int = 1
    senders: int = 0
    rate: int = 0  # posts a second in total
    window: int = 1
    echo: bool = False  # the sender's own copy answers a post, not the ack; always so with the other servers
    inflight: int = 64  # simultaneous joins
    arrivals: int = 0  # clients that join during the measurement
    arrival_rate: int = 0  # a second; 0: all at once
    settle: float = 1.0
    seconds: float = 3.0
    drain: float = 5.0  # seconds to wait for outstanding deliveries
    limit: int = 120  # seconds after which the generator is killed

    def options(self) -> list[str]:
        return [f"--{name.replace('_', '-')}={+value}" for name, value in asdict(self).items()]  # +True is 1


class Times(msgspec.Struct):
    """A distribution, in milliseconds."""

    count: int
    p50: float
    p99: float
    max: float


class Online(msgspec.Struct):
    """The `online` events that the clients received, and when the last client had the right count."""

    frames: int
    per_client_second: float
    most_per_second: float
    right_after: float | None  # milliseconds after the last join


class Report(msgspec.Struct):
    """The outcome of a plan. Counts cover the measured seconds; `missing` deliveries never arrived at all."""

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
    segments: int  # TCP segments with data
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
        """Whether 99 % of the messages reached everyone: otherwise the latencies of those that did mislead."""
        return self.last.count >= 0.99 * self.sent

    @property
    def microseconds_per_delivery(self) -> float:
        return self.server_cpu_seconds / max(self.deliveries, 1) * 1e6

    @property
    def deliveries_per_write(self) -> float:
        """The number of messages per write, an underestimate: acks and other events have writes of their own."""
        return self.deliveries / max(self.segments, 1)

    @property
    def deliveries_per_second(self) -> float:
        return self.deliveries / self.seconds


def run(server: Target, plan: Plan, measuring: Callable[[], None] = lambda: None, dialect: str = "") -> Report:
    """Run `plan` against `server`, in its own dialect or another; call `measuring` when the measured seconds begin.

    Raises LoadFailed if the clients can't join or the plan exceeds its limit.
    """
    dialect = dialect or server.dialect
    size = TEXT if dialect.startswith("chat") else EVENT
    target = [f"--dialect={dialect}", f"--port={server.port}", f"--path={server.path}"]
    command = [str(built("load", *SOURCES)), *target, f"--size={size}", *plan.options()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        report = _read_events(process.stdout, server, measuring)
        failure = process.stderr.read().decode().strip()
    if report is None:
        raise LoadFailed(failure or f"not finished within {plan.limit} s")
    return report


def _read_events(lines: Iterable[bytes], server: Target, measuring: Callable[[], None]) -> Report | None:
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
