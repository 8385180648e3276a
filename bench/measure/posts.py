"""How many posts a second are stored and acknowledged, when their fan-out is next to nothing."""

from bench import load
from bench.measure.base import OURS, Figure, Measure, Values
from bench.rivals import Contender
from bench.stage import Stage

SENDERS = 25  # each alone in a room
WINDOW = 30  # posts that each may have unanswered; at 32 the server says «busy»


def take(stage: Stage, contender: Contender, _point: int) -> Values:
    plan = load.Plan(clients=SENDERS, rooms=SENDERS, senders=SENDERS, window=WINDOW, seconds=2 if stage.quick else 5)
    with stage.running(contender) as server:
        report = load.run(server, plan)
    return {
        "rate": report.acked / report.seconds,
        "p50": report.ack.p50,
        "p99": report.ack.p99,
        "refused": sum(report.errors.values()),
    }


MEASURE = Measure(
    "posts",
    "Posts to 25 rooms with one person each, 30 under way in each",
    (
        Figure("rate", "acknowledged posts a second", "", "higher"),
        Figure("p50", "post to acknowledgement, median", "ms", "lower"),
        Figure("p99", "post to acknowledgement, 99 %", "ms", "lower"),
        Figure("refused", "posts refused", "", "lower"),
    ),
    take,
    contenders=OURS,
)
