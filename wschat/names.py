"""What a person may be called, and when two names are the same to the eye.

A name keeps the nickname profile of PRECIS (RFC 8266); look-alikes are found by skeletons (UTS #39).
docs/decisions/0010 says why so.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from .confusables import prototypes, skeleton
from .errors import ErrorCode, Refused
from .model import NAME_MAX

MARKS_MAX = 2  # accents on one letter: Vietnamese needs two, and more pile up over the lines above
RAW_MAX = 6 * NAME_MAX  # code points that are looked at at all
CACHED = 4096  # names: people come back, and each change of a list looks at its names again
SEPARATOR = "\t"  # between a name's skeletons; no name can hold it

_SELECTORS = dict.fromkeys((0xFE0E, 0xFE0F))  # phones add one to each emoji; RFC 8266 knows no use for them
_BLANK = "\u2800"  # the one visible "symbol" that shows nothing: a Braille cell without dots
# RFC 8266 changes nothing in these, by its tables.
_PLAIN = re.compile(r"[A-Za-z0-9А-яЁё]+(?:[ _-][A-Za-z0-9А-яЁё]+)*")
_COUNTER = re.compile(r"[\W\d_]+\Z")


def person_name(raw: str) -> str:
    """`raw` as a name: by RFC 8266 (full-width letters become plain, spaces collapse, nothing is invisible),
    1–32 characters, at most two accents each.

    Raises Refused(name_invalid).
    """
    if len(raw) <= NAME_MAX and _PLAIN.fullmatch(raw):
        return raw  # most names, in a hundredth of the time
    if len(raw) > RAW_MAX:
        raise Refused(ErrorCode.NAME_INVALID, f"a name is 1-{NAME_MAX} characters", limit=NAME_MAX)
    return _person_name(raw)


@lru_cache(CACHED)
def skeletons(name: str) -> tuple[str, ...]:
    """What a name claims while its person is online: nobody else may have a name with any of these.

    One as it is written and one without regard to case, since `Ivan` looks like `lvan` and reads like `ivan`.
    """
    plain = name.replace(" ", "")
    return tuple(sorted({skeleton(plain), skeleton(plain.casefold()).casefold()}))


class Reserved:
    """Names that the operator keeps back, with all that look like them, also with a number behind."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [person_name(name) for name in names]
        self._taken: frozenset[str] | None = None

    def __contains__(self, name: str) -> bool:
        if self._taken is None:  # made when first needed: it reads the table of look-alikes
            self._taken = frozenset(one for reserved in self._names for one in skeletons(reserved))
        return any(not self._taken.isdisjoint(skeletons(one)) for one in {name, _COUNTER.sub("", name)})


def numbered(name: str, number: int) -> str:
    """`name` with a number behind, shortened where it must be."""
    suffix = f" {number}"
    while _length(name) > NAME_MAX - len(suffix):
        name = name[:-1].rstrip()
    return name + suffix


def random_number() -> int:
    """A number for `numbered` that nobody is likely to have: for nodes that don't know all names yet."""
    return secrets.randbelow(9000) + 1000


def warm_up() -> None:
    """Read the tables before anyone waits for them."""
    prototypes()
    person_name("Ё")


@lru_cache(CACHED)
def _person_name(raw: str) -> str:
    try:
        name = _profile().enforce(raw.translate(_SELECTORS))
    except UnicodeEncodeError as problem:
        raise Refused(ErrorCode.NAME_INVALID, f"invalid name: {problem.reason}") from None
    if _BLANK in name:
        raise Refused(ErrorCode.NAME_INVALID, "the name contains invisible characters")
    if _length(name) > NAME_MAX:
        raise Refused(ErrorCode.NAME_INVALID, f"a name is 1-{NAME_MAX} characters", limit=NAME_MAX)
    if not name.isascii():
        _check_marks(name)
    return str(name)


def _length(name: str) -> int:
    return len(name) if name.isascii() else len(_clusters().findall(name))


def _check_marks(name: str) -> None:
    row = 0
    for char in unicodedata.normalize("NFD", name):
        row = row + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if row > MARKS_MAX:
            raise Refused(ErrorCode.NAME_INVALID, f"a letter has more than {MARKS_MAX} accents")


@cache
def _profile() -> Any:
    from precis_i18n import get_profile  # with its tables, when the first name comes

    return get_profile("NicknameCasePreserved")


@cache
def _clusters() -> Any:
    import regex

    return regex.compile(r"\X")
