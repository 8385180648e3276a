"""A measure: its figures, the servers that it applies to, and the function that takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bench import load
from bench.rivals import Contender
from bench.testbed import Server, Testbed

EVERYONE = ("wschat", "wschat-2", "epoll", "nchan", "centrifuge", "ws", "socketio", "write_message")
OURS = ("wschat", "wschat-2")

Values = dict[str, float | None]  # by figure name; None: the event never happened


@dataclass(frozen=True)
class Figure:
    """One result of a measure."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"]


@dataclass(frozen=True)
class Measure:
    """A measurement. With an `axis`, it is taken at each of `points` and drawn as a curve."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    take: Callable[[Testbed, Contender, int], Values]  # the last argument: a point on the axis, or 0
    contenders: tuple[str, ...] = EVERYONE
    axis: str = ""
    points: tuple[int, ...] = (0,)
    quick_points: tuple[int, ...] = (0,)


def run_reading_memory(server: Server, plan: load.Plan) -> tuple[load.Report, int]:
    """Run `plan`; return its report, and the server's memory in bytes when the measured seconds began.

    Raises LoadFailed, as load.run does.
    """
    readings: list[int] = []
    report = load.run(server, plan, measuring=lambda: readings.append(server.memory()))
    return report, readings[0]
