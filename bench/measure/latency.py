"""The time from a post until a client has the message, at rates that leave the server idle most of the time."""

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

LOADS = {"crowd": (1000, 20), "group": (100, 200)}  # clients, messages a second: 20,000 deliveries a second each


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    values: Values = {}
    for name, (clients, rate) in LOADS.items():
        seconds = 3 if testbed.quick else 8
        with testbed.running(contender) as server:
            report = load.run(server, load.Plan(clients=clients, senders=1, rate=rate, settle=2, seconds=seconds))
        values[f"{name}_p50"] = report.delivery.p50 if report.kept_up else None
        values[f"{name}_p99"] = report.delivery.p99 if report.kept_up else None
    return values


MEASURE = Measure(
    "latency",
    "From a post to each client, 20,000 deliveries a second",
    (
        Figure("crowd_p50", "1,000 clients, 20 messages a second: median", "ms", "lower"),
        Figure("crowd_p99", "the same, p99", "ms", "lower"),
        Figure("group_p50", "100 clients, 200 messages a second: median", "ms", "lower"),
        Figure("group_p99", "the same, p99", "ms", "lower"),
    ),
    take,
)
