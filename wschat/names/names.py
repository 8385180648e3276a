"""Rules for names: which names are allowed, which look the same, and how they are compared and found.

A name conforms to the nickname profile of PRECIS (RFC 8266); look-alikes are found by skeletons (UTS #39).
The reasons: docs/decisions/0010.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from ..characters import BLANK, IGNORABLE, has_stacked_marks
from ..errors import ErrorCode, Refused
from ..model import NAME_MAX
from .confusables import prototypes, skeleton
from .precis import enforce, normalized

RAW_MAX = 6 * NAME_MAX  # code points that are processed at all
CACHED = 4096  # names: people come back, and each change of a list compares its names again
SEPARATOR = "\t"  # between a name's skeletons; no name can contain it

# By its tables, RFC 8266 leaves these unchanged.
_PLAIN = re.compile(r"[A-Za-z0-9А-яЁё]+(?:[ _-][A-Za-z0-9А-яЁё]+)*")
_DECORATION = re.compile(r"\A[\W\d_]+|[\W\d_]+\Z")
_SAME = {
    **dict.fromkeys(map(ord, "`ʹʻʼʽˈʾʿ‘’‛′‵ꞌ＇"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-"),
}
_SIMPLER = re.compile("(?<=е)\u0308+|(?<=i)\u0307+")  # ё is written е, and İ is i with the dot of a capital


def person_name(raw: str) -> str:
    """`raw` as a name: by RFC 8266 (full-width letters become plain, spaces collapse, nothing is invisible),
    1–32 characters, none of which has too many accents.

    Raises Refused(name_invalid).
    """
    if len(raw) <= NAME_MAX and _PLAIN.fullmatch(raw):
        return raw  # most names, in a hundredth of the time
    if not raw.strip() or len(raw) > RAW_MAX:
        raise _bad_length()
    return _person_name(raw)


def folded(text: str) -> str:
    """`text` in the form in which names are compared and found: regardless of case, of how its letters are composed, of
    full width, of ё or е, of the kind of i, apostrophe or hyphen, of invisible characters, of repeated spaces.

    It is for comparing only, not for showing. The caller bounds the length of `text`.
    """
    if _PLAIN.fullmatch(text):
        return text.casefold().replace("ё", "е")
    if not text.isascii():
        text = IGNORABLE.sub("", text.replace("´", "'"))  # which NFKD takes apart
        text = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKD", text.casefold()).replace("ı", "i")
        text = unicodedata.normalize("NFKC", _SIMPLER.sub("", text))
    return " ".join(text.casefold().translate(_SAME).split())


@lru_cache(CACHED)
def skeletons(name: str) -> tuple[str, ...]:
    """The keys that a name claims while its person is online: nobody else may have a name with any of these.

    One is of the name as written and one of its folded form, since `Ivan` looks like `lvan` and reads like `ivan`.
    """
    plain = IGNORABLE.sub("", name.replace(" ", ""))
    return tuple(sorted({skeleton(plain), skeleton(folded(plain)).casefold()}))


class Reserved:
    """Names that the operator reserves, and all that look like them, even with numbers and symbols around."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [_reservable(name) for name in names]
        self._taken: frozenset[str] | None = None

    def __contains__(self, name: str) -> bool:
        if self._taken is None:  # made when first needed, since that reads the table of look-alikes
            written = (form for name in self._names for form in (name, name.upper(), name.lower(), name.title()))
            self._taken = frozenset(one for form in written for one in skeletons(form))
        plain = _DECORATION.sub("", name)
        return not (self._taken.isdisjoint(skeletons(name)) and self._taken.isdisjoint(skeletons(plain)))


def _reservable(name: str) -> str:
    try:
        return person_name(name)
    except Refused as refused:  # the operator may have set several
        raise Refused(refused.code, f"{name!r}: {refused}") from None


def numbered(name: str, number: int) -> str:
    """`name` followed by a number, shortened if need be."""
    suffix = f" {number}"
    return _shortened(name, len(suffix)) + suffix


def random_number() -> int:
    """A number for `numbered` that hardly anybody has, for a node that doesn't know all names yet."""
    return secrets.randbelow(9000) + 1000


def warm_up() -> None:
    """Load the tables before anyone has to wait for them."""
    prototypes()
    person_name("Ё!")


@lru_cache(CACHED)
def _person_name(raw: str) -> str:
    normal = normalized(raw)  # which makes up to eighteen characters of one
    if len(normal) > RAW_MAX or (len(normal) > NAME_MAX and _length(normal) - normal.count(" ") > NAME_MAX):
        raise _bad_length()
    if has_stacked_marks(IGNORABLE.sub("", normal)):
        raise Refused(ErrorCode.NAME_INVALID, "a letter has too many accents")
    name, plain = enforce(raw)
    if len(plain) > NAME_MAX and _length(plain) > NAME_MAX:
        raise _bad_length()
    if BLANK.search(name):
        raise Refused(ErrorCode.NAME_INVALID, "the name contains invisible characters")
    if unicodedata.category(name[0]) in ("Mn", "Me"):
        raise Refused(ErrorCode.NAME_INVALID, "the name begins with an accent")
    return name


def _bad_length() -> Refused:
    return Refused(ErrorCode.NAME_INVALID, f"a name is 1-{NAME_MAX} characters", limit=NAME_MAX)


def _length(name: str) -> int:
    return len(name) if name.isascii() else len(_clusters().findall(name))


@lru_cache(CACHED)
def _shortened(name: str, by: int) -> str:
    """The longest beginning of `name` that is a name itself, and leaves space for `by` characters."""
    if _length(name) + by <= NAME_MAX and len(name) + by <= RAW_MAX:
        return name
    clusters = _clusters().findall(name)
    for end in range(NAME_MAX - by, 0, -1):
        beginning = "".join(clusters[:end]).rstrip()
        if len(beginning) + by <= RAW_MAX and _is_name(beginning):
            return beginning
    return ""


def _is_name(text: str) -> bool:
    try:
        return person_name(text) == text
    except Refused:
        return False


@cache
def _clusters() -> Any:
    import regex

    return regex.compile(r"\X")
