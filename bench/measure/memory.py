"""The memory that an idle connection takes."""

import time

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.testbed import Server, Testbed

KB = 1024
REST = 1.5  # seconds after which a server has released what only its start needed


def take(testbed: Testbed, contender: Contender, _point: int) -> Values:
    clients = 2000 if testbed.quick else 8000
    with testbed.running(contender) as server:
        time.sleep(REST)
        empty = server.memory()
        full = _memory_with(server, clients)
    return {"connection": (full - empty) / clients / KB, "empty": empty / KB / KB}


def _memory_with(server: Server, clients: int) -> int:
    readings: list[int] = []
    plan = load.Plan(clients=clients, settle=1, seconds=0.5)
    load.run(server, plan, measuring=lambda: readings.append(server.memory()))
    return readings[0]


MEASURE = Measure(
    "memory",
    "8,000 idle connections in one room",
    (
        Figure("connection", "memory per idle connection (PSS)", "KB", "lower"),
        Figure("empty", "memory without connections", "MB", "lower"),
    ),
    take,
)
