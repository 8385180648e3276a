"""Finds texts that look the same, by the skeletons of Unicode's security mechanisms (UTS #39, section 4)."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

# A heading, then a line for each prototype, in hexadecimal: its characters, a tab, and those that look like it. Written
# by tools/confusables.py. The library that the lines come from would take 7 MB of memory to read, and the file 1 MB.
TABLE = Path(__file__).with_name("confusables.txt")


def skeleton(text: str) -> str:
    """The skeleton of `text`: two texts with the same skeleton look the same.

    It is for comparing only, not for showing. Invisible characters must be removed before.
    """
    mapped = unicodedata.normalize("NFD", text).translate(prototypes())
    return unicodedata.normalize("NFD", mapped)


@cache
def prototypes() -> dict[int, str]:
    """Each confusable character's prototype. Read when first needed: it takes some 10 ms."""
    found: dict[int, str] = {}
    for line in TABLE.read_text(encoding="ascii").splitlines()[1:]:
        prototype, alike = line.split("\t")
        text = "".join(chr(int(code, 16)) for code in prototype.split())
        found.update((int(code, 16), text) for code in alike.split())
    return found
