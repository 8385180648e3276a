"""Bars and acts as stored in Redis. They are foreign input: anything invalid is skipped."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ..model import Person
from ..protocol import read

T = TypeVar("T")


class StoredBar(msgspec.Struct):
    """The JSON of a bar. Its end isn't part of it, but stored before it."""

    person: Person
    act: str
    by: Person
    time: str
    reason: str | UnsetType = UNSET


def read_stored(json: bytes, kind: type[T]) -> T | None:
    """Read a StoredBar or an Act (`kind`); None for anything else."""
    try:
        return read(json, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
