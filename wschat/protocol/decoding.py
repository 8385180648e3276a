"""Decodes JSON: what the chat wrote itself, and what anybody may have written."""

from __future__ import annotations

from typing import TypeVar

import msgspec

MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # what msgspec raises for any bad input

_ANY = msgspec.json.Decoder(float_hook=str)
_Any = TypeVar("_Any")


def read(data: bytes | str, type_: type[_Any]) -> _Any:
    """Read JSON that the chat itself wrote, as the given type. Raises msgspec.DecodeError."""
    return msgspec.json.decode(data, type=type_)


def read_foreign(data: bytes, type_: type[_Any]) -> _Any | None:
    """Read JSON that others may have written, as the given type; None for anything else."""
    try:
        return msgspec.json.decode(data, type=type_)
    except MALFORMED:
        return None


def read_any(data: str) -> object:
    """Read any JSON. Its fractions stay text, as they are written: to read one like 1.5e300 takes 10 µs.

    Raises MALFORMED.
    """
    return _ANY.decode(data)


def read_string(escaped: bytes) -> str:
    """The text of a JSON string, from the bytes between its quotes, which a script has cut out. Raises MALFORMED."""
    return read(b'"%s"' % escaped, str)
