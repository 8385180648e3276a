"""The memory that an idle connection takes."""

import time

from bench import load
from bench.measure.base import Figure, Measure, Values, run_reading_memory
from bench.rivals import Contender
from bench.testbed import Testbed

KB = 1024
REST = 1.5  # seconds after which a server has released what only its start needed


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    clients = 2000 if testbed.quick else 8000
    with testbed.running(contender) as server:
        time.sleep(REST)
        empty = server.memory()
        _, full = run_reading_memory(server, load.Plan(clients=clients, settle=1, seconds=0.5))
    return {"connection": (full - empty) / clients / KB, "empty": empty / KB / KB}


MEASURE = Measure(
    "memory",
    "8,000 idle connections in one room",
    (
        Figure("connection", "memory per idle connection (PSS)", "KB", "lower"),
        Figure("empty", "memory without connections", "MB", "lower"),
    ),
    take,
)
