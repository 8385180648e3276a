"""Bars as stored in Redis. They are foreign input: read_foreign tells which are valid."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from ..model import Person


class StoredBar(msgspec.Struct):
    """The JSON of a bar. Its end isn't part of it, but stored before it."""

    person: Person
    act: str
    by: Person
    time: str
    reason: str | UnsetType = UNSET
