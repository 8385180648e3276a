"""Redis's replies in a shape that is easier to use, for the few commands whose replies are flat lists or text.

redis-py has such a table for all commands, but only together with a method for each (docs/decisions/0026).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def shaped(command: str, reply: Any) -> Any:
    """The reply to this command, in its shape; errors and all others as they are."""
    shape = _SHAPES.get(command)
    return reply if shape is None or isinstance(reply, Exception) else shape(reply)


def pairs(words: Sequence[bytes]) -> dict[bytes, bytes]:
    """A mapping that Redis sends as name, value, name, value."""
    return dict(zip(words[::2], words[1::2], strict=True))


def whole(text: bytes | str | None) -> int | None:
    """A whole number of up to 15 digits, as values.lua has it; None for anything else that may stand there."""
    return int(text) if text and len(text) < 16 and text.isascii() and text.isdigit() else None


def _info(text: bytes) -> dict[str, str | int]:
    """The fields of all sections, whole numbers as such."""
    lines = (line.partition(":") for line in text.decode(errors="replace").splitlines() if line[:1] != "#")
    return {name: int(value) if value.isdecimal() else value for name, colon, value in lines if colon}


def _entries(found: Sequence[Any]) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """A stream's, each with its id. One that was deleted has no fields."""
    return [(number, pairs(fields or ())) for number, fields in found]


def _scanned(found: Sequence[Any]) -> tuple[int, Any]:
    cursor, portion = found
    return int(cursor), portion


def _scanned_pairs(found: Sequence[Any]) -> tuple[int, dict[bytes, bytes]]:
    cursor, portion = found
    return int(cursor), pairs(portion)


_SHAPES: dict[str, Callable[[Any], Any]] = {
    "HSCAN": _scanned_pairs,
    "INFO": _info,
    "SCAN": _scanned,
    "XRANGE": _entries,
    "XREVRANGE": _entries,
}
