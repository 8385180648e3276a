"""What a person may be called, and when two names are the same to the eye."""

from __future__ import annotations

import unicodedata

from .errors import ErrorCode, Refused
from .model import is_storable

NAME_MAX = 32
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


def person_name(raw: str) -> str:
    """`raw` as a name: NFC, white space collapsed, 1–32 characters, nothing invisible.

    Raises Refused(name_invalid).
    """
    if not is_storable(raw):
        raise Refused(ErrorCode.NAME_INVALID, "the name has characters that can't be stored")
    name = unicodedata.normalize("NFC", " ".join(raw.split()))
    if not 1 <= len(name) <= NAME_MAX:
        raise Refused(ErrorCode.NAME_INVALID, f"a name is 1-{NAME_MAX} characters", limit=NAME_MAX)
    if any(unicodedata.category(char) in _INVISIBLE for char in name):
        raise Refused(ErrorCode.NAME_INVALID, "the name has invisible characters")
    return name


def skeleton(name: str) -> str:
    """What is left of a name when looks alone count: two names with one skeleton can't be online together."""
    return unicodedata.normalize("NFKC", name).casefold().replace(" ", "")
