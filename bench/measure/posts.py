"""The rate of stored and acknowledged posts, with almost no fan-out."""

from bench import load
from bench.measure.base import OURS, Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

SENDERS = 25  # each alone in a room
WINDOW = 30  # unacknowledged posts per sender; at 32 the server answers «busy»


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    plan = load.Plan(clients=SENDERS, rooms=SENDERS, senders=SENDERS, window=WINDOW, seconds=2 if testbed.quick else 5)
    with testbed.running(contender) as server:
        report = load.run(server, plan)
    return {
        "rate": report.acked / report.seconds,
        "p50": report.ack.p50,
        "p99": report.ack.p99,
        "refused": sum(report.errors.values()),
    }


MEASURE = Measure(
    "posts",
    "Posts to 25 rooms with one person each, 30 in flight in each",
    (
        Figure("rate", "acknowledged posts a second", "", "higher"),
        Figure("p50", "post to acknowledgement, median", "ms", "lower"),
        Figure("p99", "post to acknowledgement, p99", "ms", "lower"),
        Figure("refused", "refused posts", "", "lower"),
    ),
    take,
    contenders=OURS,
)
