"""A storm of joins into a busy room: what its clients receive, and when they know the right count."""

from bench import load
from bench.measure.base import OURS, Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Testbed

RATE = 1000  # joins a second


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    present, arrivals = (1000, 2000) if testbed.quick else (5000, 5000)
    seconds = arrivals / RATE + 1
    plan = load.Plan(clients=present, arrivals=arrivals, arrival_rate=RATE, seconds=seconds, settle=2)
    with testbed.running(contender) as server:
        report = load.run(server, plan)
    right = report.online.right_after
    return {
        "frames": report.online.per_client_second,
        "most": report.online.most_per_second,
        "right": None if right is None else right / 1000,
        "bytes": report.bytes / seconds / present / 1024,
    }


MEASURE = Measure(
    "presence",
    "1,000 joins a second into a room of 5,000",
    (
        Figure("frames", "presence frames a second, mean per client", "", "lower"),
        Figure("most", "presence frames a second, busiest client", "", "lower"),
        Figure("right", "from the last join until every client has the right count", "s", "lower"),
        Figure("bytes", "data a second to each client present", "KB", "lower"),
    ),
    take,
    contenders=OURS,
)
