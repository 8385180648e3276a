"""Types of setting values for click: numbers, words, files. Errors are sentences for the operator."""

import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

RATE_MIN = 0.001  # a second
WORKERS_MAX = 256
NUMBER_MAX = 1_000_000_000  # as seconds 31 years; far larger values overflow when times are computed
Param = click.Parameter | None
Context = click.Context | None


class Number(click.FloatRange):
    """A number of seconds or days: neither infinite nor nearly so."""

    name = "number"

    def __init__(self, most: float = NUMBER_MAX) -> None:
        super().__init__(0, most)

    def convert(self, value: Any, param: Param, ctx: Context) -> float:
        try:
            number = float(super().convert(value, param, ctx))
        except OverflowError:  # a whole number of hundreds of digits
            number = math.inf
        if not math.isfinite(number) or isinstance(value, bool):
            self.fail(f"{value!r} is not a valid number.", param, ctx)
        return number


class PerSecond(Number):
    """A rate; 0 is no limit. Rates between 0 and RATE_MIN are invalid, since they can't be counted."""

    name = "number"

    def __init__(self) -> None:
        super().__init__(1_000_000)

    def convert(self, value: Any, param: Param, ctx: Context) -> float:
        rate = super().convert(value, param, ctx)
        if 0 < rate < RATE_MIN:
            self.fail(f"{value!r} is not 0, for no limit, and less than {RATE_MIN}.", param, ctx)
        return rate


class Integer(click.IntRange):
    """A whole number: 1.5 is invalid."""

    name = "integer"

    def convert(self, value: Any, param: Param, ctx: Context) -> int:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            self.fail(f"{value!r} is not a valid integer.", param, ctx)
        if str(value).startswith("tcp://"):  # WSCHAT_PORT, for a Service that is called wschat
            self.fail(
                "Kubernetes made this variable for a Service; set enableServiceLinks: false in the pod.", param, ctx
            )
        return int(super().convert(value, param, ctx))


class WorkerCount(click.ParamType[int]):
    """A number from 1, or `auto`: the number of processors that this process may use."""

    name = "integer|auto"

    def convert(self, value: Any, param: Param, ctx: Context) -> int:
        if str(value).lower() == "auto":
            return _processors()
        try:
            return Integer(1, WORKERS_MAX).convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{str(value)!r}: expected auto, or a number from 1 to {WORKERS_MAX}.", param, ctx)


class WordList(click.ParamType[tuple[str, ...]]):
    """Comma-separated words; none for an empty value."""

    name = "list"

    def convert(self, value: Any, param: Param, ctx: Context) -> tuple[str, ...]:
        words: Iterable[str] = value.split(",") if isinstance(value, str) else value
        found = tuple(word.strip() for word in words if word.strip())
        for word in found:
            problem = self.problem(word)
            if problem:
                self.fail(f"{word!r}: {problem}.", param, ctx)
        return found

    def problem(self, word: str) -> str:
        """The error in words; empty if the value is valid."""
        return ""


class FolderPath(click.ParamType[Path]):
    """A folder's path; `~` is the home folder, even if no shell has replaced it."""

    name = "folder"

    def convert(self, value: Any, param: Param, ctx: Context) -> Path:
        if not str(value).strip():
            self.fail("expected the path of a folder.", param, ctx)
        return _at_home(self, value, param, ctx)


class FileOrNone(click.ParamType[Path | None]):
    """A file's path; None for an empty value."""

    name = "file"

    def convert(self, value: Any, param: Param, ctx: Context) -> Path | None:
        return _at_home(self, value, param, ctx) if value else None


def _at_home(kind: click.ParamType[Any], value: Any, param: Param, ctx: Context) -> Path:
    try:
        return Path(value).expanduser()
    except RuntimeError:  # no such user, or one without a home folder, as in a container
        kind.fail(f"{str(value)!r}: no home folder is known for ~; write the whole path.", param, ctx)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
