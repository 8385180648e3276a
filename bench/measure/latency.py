"""The time from a post until a client has the message, in a small group: the server is idle most of the time."""

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

CLIENTS = 100
RATE = 200  # messages a second, so 20,000 deliveries a second, as many as measure `delivery` has with 1,000 clients


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    plan = load.Plan(clients=CLIENTS, senders=1, rate=RATE, settle=2, seconds=3 if testbed.quick else 8)
    with testbed.running(contender) as server:
        report = load.run(server, plan)
    return {
        "each_p50": report.delivery.p50 if report.kept_up else None,
        "each_p99": report.delivery.p99 if report.kept_up else None,
    }


MEASURE = Measure(
    "latency",
    "One sender, 200 messages a second, 100 clients",
    (
        Figure("each_p50", "post to each client, median", "ms", "lower"),
        Figure("each_p99", "post to each client, p99", "ms", "lower"),
    ),
    take,
)
