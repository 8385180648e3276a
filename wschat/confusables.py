"""Which characters look the same: the skeletons of Unicode's security mechanisms (UTS #39, section 4)."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

_DISPLAY_MARK = "\u200e"  # stands round right-to-left characters in the data, to show them in order


def skeleton(text: str) -> str:
    """The skeleton of `text`: two texts with the same skeleton look the same.

    It is for comparing only, not for showing. Invisible characters are expected to be gone already.
    """
    mapped = unicodedata.normalize("NFD", text).translate(prototypes())
    return unicodedata.normalize("NFD", mapped)


@cache
def prototypes() -> dict[int, str]:
    """Each confusable character's prototype. Read when first needed: it takes some 20 ms.

    The library's data are pairs, told in both directions. A prototype stands in the middle of all that look
    like it, and has none itself; of a pair that stands alone, the source was read first.
    """
    from confusable_homoglyphs.utils import load

    pairs: dict[str, list[dict[str, Any]]] = load("confusables.json")
    order = {text: number for number, text in enumerate(pairs)}
    found: dict[int, str] = {}
    for text, others in pairs.items():
        other = others[0]["c"]
        is_source = len(others) == 1 and (len(pairs[other]) > 1 or order[other] > order[text])
        if is_source:
            found[ord(text.strip(_DISPLAY_MARK))] = other.replace(_DISPLAY_MARK, "")
    return found
