"""Scaling: delivery rate and tail latency against the number of clients, messages and rooms."""

from bench import load
from bench.measure.base import OURS, Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

FIGURES = (
    Figure("rate", "deliveries a second", "", "higher"),
    Figure("p99", "post to last client, p99", "ms", "lower"),
    Figure("cost", "server processor time per delivery", "µs", "lower"),
    Figure("merged", "messages per write", "", "higher"),
)


def with_clients(testbed: Testbed, contender: Contender, clients: int) -> Values:
    """Latency at 10 messages a second; the rate with 50 senders that keep 15 posts in flight each."""
    calm = load.Plan(clients=clients, senders=5, rate=10, seconds=_seconds(testbed))
    flood = load.Plan(clients=clients, senders=50, window=15, echo=True, seconds=_seconds(testbed), drain=0.2)
    return {**_run(testbed, contender, calm), "rate": _run(testbed, contender, flood)["rate"]}


def with_messages(testbed: Testbed, contender: Contender, messages: int) -> Values:
    """Latency and rate with 1,000 clients in one room."""
    plan = load.Plan(clients=1000, senders=50, rate=messages, seconds=_seconds(testbed), drain=2)
    return _run(testbed, contender, plan)


def with_rooms(testbed: Testbed, contender: Contender, rooms: int) -> Values:
    """1,000 clients spread over `rooms`; each posts again when it has received its last post."""
    plan = load.Plan(clients=1000, rooms=rooms, senders=1000, window=1, echo=True, seconds=_seconds(testbed))
    return _run(testbed, contender, plan)


def _run(testbed: Testbed, contender: Contender, plan: load.Plan) -> Values:
    with testbed.running(contender) as server:
        report = load.run(server, plan)
    return {
        "rate": report.deliveries_per_second,
        "p99": report.last.p99 if report.kept_up else None,
        "cost": report.microseconds_per_delivery,
        "merged": report.deliveries_per_write,
    }


def _seconds(testbed: Testbed) -> float:
    return 2 if testbed.quick else 4


MEASURES = (
    Measure(
        "clients",
        "Scaling with clients in one room: latency at 10 messages a second, and the maximum delivery rate",
        FIGURES,
        with_clients,
        contenders=OURS,
        axis="clients",
        points=(100, 300, 1000, 3000, 10_000, 15_000),
        quick_points=(100, 1000),
    ),
    Measure(
        "messages",
        "Scaling with the message rate: one room of 1,000 clients",
        FIGURES,
        with_messages,
        contenders=OURS,
        axis="messages a second",
        points=(10, 30, 100, 300, 1000, 3000, 10_000),
        quick_points=(10, 100, 1000),
    ),
    Measure(
        "rooms",
        "Scaling with rooms: 1,000 clients, all of them posting",
        FIGURES,
        with_rooms,
        contenders=OURS,
        axis="rooms",
        points=(1, 10, 100, 1000),
        quick_points=(1, 100, 1000),
    ),
)
