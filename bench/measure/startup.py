"""From the command to «Server started»."""

import subprocess
import time
from statistics import median

import psutil

from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender, Seat
from bench.stage import NotStarted, Stage, stop

TIMES = 3


def take(stage: Stage, contender: Contender, _point: int) -> Values:
    def typical(redis: str) -> float:
        return median(seconds_to_start(contender, stage.seat(), "--redis", redis) for _ in range(TIMES))

    return {"redis": typical(stage.redis_url), "embedded": typical("embedded")}


def seconds_to_start(contender: Contender, seat: Seat, *options: str) -> float:
    command = [*contender.command(seat), *options]
    began = time.perf_counter()
    process = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=seat.scratch)
    try:
        for line in process.stdout:
            if b"Server started" in line:
                return time.perf_counter() - began
        raise NotStarted("it ended before it said so")
    finally:
        stop(process)
        process.stdout.close()


MEASURE = Measure(
    "startup",
    "From the command to «Server started»",
    (
        Figure("redis", "with Redis there", "s", "lower"),
        Figure("embedded", "with the embedded Redis", "s", "lower"),
    ),
    take,
    contenders=("wschat",),
)
