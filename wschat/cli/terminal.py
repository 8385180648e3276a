"""Makes text safe to write to a terminal."""

from __future__ import annotations

import re

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Text of strangers, with the characters replaced that could control a terminal."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
