"""The time from the command to «Server started»."""

import subprocess
import time
from statistics import median

import psutil

from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender, Sandbox
from bench.testbed import NotStarted, Testbed, stop

TIMES = 3


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    def typical(redis: str) -> float:
        return median(seconds_to_start(contender, testbed.sandbox(), "--redis", redis) for _ in range(TIMES))

    return {"redis": typical(testbed.redis_url), "embedded": typical("embedded")}


def seconds_to_start(contender: Contender, sandbox: Sandbox, *options: str) -> float:
    command = [*contender.command(sandbox), *options]
    began = time.perf_counter()
    process = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=sandbox.scratch)
    try:
        for line in process.stdout:
            if b"Server started" in line:
                return time.perf_counter() - began
        raise NotStarted("exited before «Server started»")
    finally:
        stop(process)
        process.stdout.close()


MEASURE = Measure(
    "startup",
    "From the command to «Server started»",
    (
        Figure("redis", "with a running Redis", "s", "lower"),
        Figure("embedded", "with the embedded Redis", "s", "lower"),
    ),
    take,
    contenders=("wschat",),
)
