"""Writes wschat/names/confusables.txt, the table of confusable characters, from the library `confusable-homoglyphs`.

python tools/confusables.py           write the table again, after an update of the library
python tools/confusables.py --check   fail if the table isn't what the library says
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from confusable_homoglyphs.utils import load

TABLE = Path(__file__).resolve().parent.parent / "wschat" / "names" / "confusables.txt"
HEADING = "# From the confusables of UTS #39; (c) Unicode, Inc., by the Unicode License v3: https://www.unicode.org/license.txt\n"
_DISPLAY_MARK = "\u200e"  # stands round right-to-left characters in the data, to show them in order


def prototypes() -> dict[int, str]:
    """Each confusable character's prototype.

    The library's data are pairs, told in both directions. A prototype stands in the middle of all that look
    like it, and has none itself; of a pair that stands alone, the source was read first.
    """
    pairs: dict[str, list[dict[str, Any]]] = load("confusables.json")
    order = {text: number for number, text in enumerate(pairs)}
    found: dict[int, str] = {}
    for text, others in pairs.items():
        other = others[0]["c"]
        is_source = len(others) == 1 and (len(pairs[other]) > 1 or order[other] > order[text])
        if is_source:
            found[ord(text.strip(_DISPLAY_MARK))] = other.replace(_DISPLAY_MARK, "")
    return found


def table() -> str:
    """The file's text: lines in the order of their prototypes, so that an update shows what is new."""
    alike: dict[str, list[int]] = {}
    for code, prototype in sorted(prototypes().items()):
        alike.setdefault(prototype, []).append(code)
    return HEADING + "".join(
        f"{_hex(map(ord, prototype))}\t{_hex(codes)}\n" for prototype, codes in sorted(alike.items())
    )


def _hex(codes: Iterable[int]) -> str:
    return " ".join(f"{code:04X}" for code in codes)


def main(options: list[str]) -> int:
    if options == ["--check"]:
        return 0 if TABLE.read_text(encoding="ascii") == table() else 1
    TABLE.write_text(table(), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
