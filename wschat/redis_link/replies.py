"""Converts Redis's replies to a shape that is easier to use, for a few commands that reply with flat lists or text.

redis-py has such a table for all commands, but it can't be loaded without a method for each (docs/decisions/0026).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def shaped(command: str, reply: Any) -> Any:
    """The reply in the shape for this command; errors and replies to all other commands as they are."""
    shape = _SHAPES.get(command)
    return reply if shape is None or isinstance(reply, Exception) else shape(reply)


def pairs(words: Sequence[bytes]) -> dict[bytes, bytes]:
    """The mapping that Redis sends as a list of name, value, name, value."""
    return dict(zip(words[::2], words[1::2], strict=True))


def whole(text: bytes | str | None) -> int | None:
    """The whole number in `text`, of up to 15 digits like `whole` in values.lua; None for anything else."""
    return int(text) if text and len(text) < 16 and text.isascii() and text.isdigit() else None


def _info(text: Any) -> dict[str, str | int]:
    """The fields of all sections of INFO; whole numbers are converted. None of a proxy's answer that isn't a text."""
    if not isinstance(text, bytes):
        return {}
    lines = (line.partition(":") for line in text.decode(errors="replace").splitlines() if line[:1] != "#")
    return {name: int(value) if value.isdecimal() else value for name, colon, value in lines if colon}


def _entries(found: Sequence[Any]) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of a stream, each with its id. A deleted entry has no fields."""
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
