"""10,000 people in one room: how long a message takes to reach all, and how long posts wait meanwhile."""

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    clients, seconds = (3000, 2) if testbed.quick else (10_000, 6)
    plan = load.Plan(
        clients=clients, senders=2, rate=4, seconds=seconds, settle=2, arrivals=20 * seconds, arrival_rate=20
    )
    with testbed.running(contender) as server:
        report = load.run(server, plan)
    return {"p50": report.last.p50, "max": report.last.max, "ack": report.ack.max}


MEASURE = Measure(
    "crowd",
    "10,000 clients in one room, 4 messages and 20 joins a second",
    (
        Figure("p50", "post to last client, median", "ms", "lower"),
        Figure("max", "post to last client, worst", "ms", "lower"),
        Figure("ack", "post to acknowledgement, worst", "ms", "lower"),
    ),
    take,
    contenders=("wschat", "wschat-2", "epoll", "nchan", "centrifuge", "ws", "write_message"),
)
