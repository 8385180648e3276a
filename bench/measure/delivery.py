"""The cost of one delivery under light load, and the time until the last client has it."""

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

CLIENTS = 1000
RATE = 20  # messages a second, so 20,000 deliveries a second


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    seconds = 3 if testbed.quick else 8
    plan = load.Plan(clients=CLIENTS, senders=1, rate=RATE, settle=2, seconds=seconds)
    with testbed.running(contender) as server:
        report = load.run(server, plan)
    return {
        "cost": report.microseconds_per_delivery,
        "p50": report.last.p50 if report.kept_up else None,
        "p99": report.last.p99 if report.kept_up else None,
        "max": report.last.max if report.kept_up else None,
        "each_p50": report.delivery.p50 if report.kept_up else None,
        "each_p99": report.delivery.p99 if report.kept_up else None,
        "missing": report.missing,
    }


MEASURE = Measure(
    "delivery",
    "One sender, 20 messages a second, 1,000 clients",
    (
        Figure("cost", "server processor time per delivery", "µs", "lower"),
        Figure("p50", "post to last client, median", "ms", "lower"),
        Figure("p99", "post to last client, p99", "ms", "lower"),
        Figure("max", "post to last client, worst", "ms", "lower"),
        Figure("each_p50", "post to each client, median", "ms", "lower"),
        Figure("each_p99", "post to each client, p99", "ms", "lower"),
        Figure("missing", "deliveries that never arrived", "", "lower"),
    ),
    take,
)
