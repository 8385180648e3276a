"""Bars and acts as Redis has them. They are foreign input: what isn't one is passed over."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ..model import Person
from ..protocol import read

T = TypeVar("T")


class StoredBar(msgspec.Struct):
    """A bar without its end, which stands before it."""

    person: Person
    act: str
    by: Person
    time: str
    reason: str | UnsetType = UNSET


def read_stored(json: bytes, kind: type[T]) -> T | None:
    """A StoredBar or an Act; None for anything else."""
    try:
        return read(json, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
