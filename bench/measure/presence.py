"""A storm of joins into a busy room: what those who are there get, and when they know the true number."""

from bench import load
from bench.measure.base import OURS, Figure, Measure, Values
from bench.rivals import Contender
from bench.stage import Stage

RATE = 1000  # joins a second


def take(stage: Stage, contender: Contender, _point: int) -> Values:
    there, arrivals = (1000, 2000) if stage.quick else (5000, 5000)
    seconds = arrivals / RATE + 1
    plan = load.Plan(clients=there, arrivals=arrivals, arrival_rate=RATE, seconds=seconds, settle=2)
    with stage.running(contender) as server:
        report = load.run(server, plan)
    right = report.online.right_after
    return {
        "frames": report.online.per_client_second,
        "most": report.online.most_per_second,
        "right": None if right is None else right / 1000,
        "bytes": report.bytes / seconds / there / 1024,
    }


MEASURE = Measure(
    "presence",
    "1,000 joins a second into a room of 5,000",
    (
        Figure("frames", "presence frames per client and second", "", "lower"),
        Figure("most", "presence frames a second to the client that got most", "", "lower"),
        Figure("right", "after the last join, until everyone has the true number", "s", "lower"),
        Figure("bytes", "everything sent, per client that was there and second", "KB", "lower"),
    ),
    take,
    contenders=OURS,
)
