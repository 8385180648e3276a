"""The delivery rate of a server under more load than it can handle."""

from dataclasses import replace

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

CLIENTS = 1000
SENDERS = 50
WINDOW = 15  # posts in flight per sender that waits for its own copies
DRAIN = 0.2  # seconds; don't wait for the backlog of an overloaded server
RATE = 2000  # messages a second, so two million deliveries a second


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    everyone = load.Plan(clients=CLIENTS, senders=SENDERS, seconds=1.5 if testbed.quick else 6, drain=DRAIN)
    with testbed.running(contender) as server:
        flooded = load.run(server, replace(everyone, rate=RATE))
    with testbed.running(contender) as server:
        fed = load.run(server, replace(everyone, window=WINDOW, echo=True))
    return {
        "rate": flooded.deliveries_per_second,
        "ceiling": fed.deliveries_per_second,
        "cost": flooded.microseconds_per_delivery,
        "gone": sum(flooded.closes.values()) + sum(fed.closes.values()),
        "load": max(report.load_cpu_seconds / report.seconds for report in (flooded, fed)),
    }


MEASURE = Measure(
    "saturation",
    "50 senders, 2,000 messages a second requested, 1,000 clients",
    (
        Figure("rate", "deliveries a second", "", "higher"),
        Figure("ceiling", "deliveries a second with 15 posts in flight per sender", "", "higher"),
        Figure("cost", "server processor time per delivery", "µs", "lower"),
        Figure("gone", "disconnected clients", "", "lower"),
        Figure("load", "processors used by the load generator", "", "lower"),
    ),
    take,
)
