"""Translates the reasons for a failed start into Russian, for people at a terminal where LANG is `ru`.

It is imported only when there is something to translate. Texts that aren't in the catalogue, such as those of other
programs, stay as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

_PART = re.compile(r"\{(\w+)\}")


def read_catalogue() -> dict[str, str]:
    """The sentences and parts of sentences, from English to Russian; both have the same `{parts}`."""
    text = Path(__file__).with_name("start_errors.ru.txt").read_text(encoding="utf-8")
    pairs = [block.partition("\n= ") for block in text.strip().split("\n\n") if not block.startswith("#")]
    return {english: russian for english, _, russian in pairs}


CATALOGUE = read_catalogue()


def in_russian(text: str) -> str:
    """The sentence in Russian, including its parts; unchanged if the catalogue has neither it nor its parts."""
    for english, pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return CATALOGUE[english].format_map({name: in_russian(part) for name, part in found.groupdict().items()})
    return f"{in_russian(text[:-1])}." if text.endswith(".") else text


def _pattern(english: str) -> re.Pattern[str]:
    pieces = _PART.split(english)  # every second one is a name
    marked = [f"(?P<{piece}>.+?)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)]
    return re.compile("".join(marked), re.DOTALL)


def _fixed(english: str) -> int:
    """The length of the sentence's fixed text: the longest is tried first."""
    return len(_PART.sub("", english))


_PATTERNS = [(one, _pattern(one)) for one in sorted(CATALOGUE, key=_fixed, reverse=True)]
