"""What an idle connection costs in memory."""

import time

from bench import load
from bench.measure.base import Figure, Measure, Values
from bench.rivals import Contender
from bench.stage import Server, Stage

KB = 1024
REST = 1.5  # seconds after which a server has given back what only its start needed


def take(stage: Stage, contender: Contender, _point: int) -> Values:
    clients = 2000 if stage.quick else 8000
    with stage.running(contender) as server:
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
        Figure("empty", "memory with no connection", "MB", "lower"),
    ),
    take,
)
