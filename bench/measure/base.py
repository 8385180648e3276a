"""What a measure is: figures, the servers it is taken of, and how."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bench.rivals import Contender
from bench.stage import Stage

EVERYONE = ("wschat", "wschat-2", "epoll", "nchan", "ws", "socketio", "write_message")
OURS = ("wschat", "wschat-2")

Values = dict[str, float | None]  # by the figure's name; None: it never happened


@dataclass(frozen=True)
class Figure:
    """One number of a measure."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"]


@dataclass(frozen=True)
class Measure:
    """Something to find out. With an `axis`, it is taken at each of `points` and drawn as a curve."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    take: Callable[[Stage, Contender, int], Values]  # the last: a point of the axis, or 0
    contenders: tuple[str, ...] = EVERYONE
    axis: str = ""
    points: tuple[int, ...] = (0,)
    quick_points: tuple[int, ...] = (0,)
