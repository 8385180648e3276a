"""Rooms, persons, texts and positions, and the rules for them."""

from __future__ import annotations

import os
import re
import unicodedata
from binascii import b2a_base64
from datetime import datetime, timezone
from functools import lru_cache
from io import BytesIO
from typing import NamedTuple

from msgspec import Struct

from .characters import BLANK, IGNORABLE, VISIBLE, ZWJ, ZWNJ, has_stacked_marks, is_mark, joiner_fits
from .errors import ErrorCode, Refused

MAIN_ROOM = "chat"
MODERATOR = "moderator"  # the role of a person who keeps order in a room
ROOM_MAX = 64
NAME_MAX = 32  # characters of a name as people count them: a letter with its accents is one
TEXT_MAX = 4000  # code points of a message
PICTURES_MAX = 4  # of a message
UPLOAD_MAX = 8 << 20  # bytes of a picture before it is re-encoded
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")

_ROOM_RAW_MAX = 4 * ROOM_MAX  # code points that are accepted before NFC, which makes one of up to four
_LINE_END = re.compile("[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_TSHEG = "\u0f0b"  # it stands between the syllables of Tibetan words
_PLAIN_ROOM = re.compile(rf"[a-z0-9а-яё_-]{{1,{ROOM_MAX}}}")
_RANDOM_BYTES = 4096  # from the operating system at once: a system call for each id would cost more than the id
_URL_SAFE = bytes.maketrans(b"+/", b"-_")  # as base64.urlsafe_b64encode does in three calls of functions
_random = BytesIO()  # the bytes that are left
os.register_at_fork(after_in_child=lambda: _random.seek(0, os.SEEK_END))  # parent and child never give the same id


class Person(Struct, frozen=True, omit_defaults=True):
    """A person in a room. `id` is public and never changes; `name` may. `role` is MODERATOR, or empty."""

    id: str
    name: str
    role: str = ""

    def without_role(self) -> Person:
        """The person as stored in messages, bars and acts: their role may change, and is in the list of people only."""
        return Person(self.id, self.name) if self.role else self


class Position(NamedTuple):
    """How far a client or a node has read: up to number `seq` in the log's `epoch`."""

    epoch: str
    seq: int


def random_id(size: int = 12) -> str:
    """A random id of `size` bytes: for a person, a post, a change, an epoch. For one thread, or two get the same."""
    taken = _random.read(size)
    if len(taken) < size:
        _random.seek(0)
        _random.write(os.urandom(_RANDOM_BYTES))
        _random.seek(0)
        taken = _random.read(size)
    return id_of(taken)


def id_of(data: bytes) -> str:
    """Bytes as an id in letters that need no escaping anywhere. It doesn't begin with a hyphen, which a command line
    would take for an option.
    """
    text = b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()
    return f"_{text[1:]}" if text.startswith("-") else text


def new_epoch() -> str:
    """The id of an epoch that begins now."""
    return random_id(9)


def room_name(raw: str) -> str:
    """The canonical name of a room: the same for spellings that differ in case or in how letters are composed.

    Raises Refused(room_invalid). A room is 1–64 letters, digits, `-` and `_` of any script, with the marks and joiners
    that its letters need: it is part of addresses, Redis keys and channels.
    """
    if _PLAIN_ROOM.fullmatch(raw):
        return raw
    if len(raw) <= _ROOM_RAW_MAX:
        name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", raw).casefold())
        fits = 0 < len(name) <= ROOM_MAX and all(_fits_room(name, at) for at in range(len(name)))
        if fits and not has_stacked_marks(name):
            return name
    raise Refused(ErrorCode.ROOM_INVALID, f"a room name is 1-{ROOM_MAX} letters, digits, - or _")


def _fits_room(name: str, at: int) -> bool:
    """Whether the character at position `at` is allowed there in the name of a room."""
    char = name[at]
    if char in (ZWJ, ZWNJ):
        return at > 0 and joiner_fits(name, at)
    if BLANK.match(char) or IGNORABLE.match(char):
        return False
    if char.isalnum() or char in "-_":
        return True
    return at > 0 and (is_mark(char) or char == _TSHEG) and name[at - 1] not in f"-_{_TSHEG}"


def message_text(raw: str, limit: int, *, may_be_empty: bool = False) -> str:
    """A person's text, trimmed; `limit` is in code points. It may be empty beside pictures.

    Raises Refused(text_empty, text_too_long, text_invalid).
    """
    text = trimmed(raw)
    if not text and not may_be_empty:
        raise text_empty()
    if len(text) > limit:
        raise Refused(ErrorCode.TEXT_TOO_LONG, f"the text is longer than {limit} characters", limit=limit)
    if not is_storable(text):
        raise Refused(ErrorCode.TEXT_INVALID, "the text contains NUL or a lone surrogate")
    return text


def text_empty() -> Refused:
    """The refusal of a message without anything to see."""
    return Refused(ErrorCode.TEXT_EMPTY, "the text is empty")


def trimmed(raw: str) -> str:
    """`raw` without empty lines at its ends and trailing white space; "" if nothing in it is visible.

    The indentation of the first line stays: it may be code. Invisible characters count as white space, but stay in a
    line with others: they may set the direction of the line, or make an emoji of its last character.
    """
    if VISIBLE.match(raw) and VISIBLE.match(raw, len(raw) - 1):
        return raw  # nearly always
    first = VISIBLE.search(raw)
    if first is None:
        return ""
    start, end = first.start(), len(raw)
    if not VISIBLE.match(raw, end - 1):
        last = VISIBLE.search(raw[::-1])
        assert last is not None  # there is a first one
        end -= last.start()
    before, behind = _LINE_END.search(raw[:start][::-1]), _LINE_END.search(raw, end)
    return raw[start - before.start() if before else 0 : behind.start() if behind else None].rstrip()


def is_storable(text: str) -> bool:
    """Whether the text can be stored: it has no NUL, and no lone surrogates, which JSON can carry, but UTF-8 can't."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def timestamp(seconds: float) -> str:
    """`seconds` since 1970 as RFC 3339 in UTC with milliseconds."""
    milliseconds = round(seconds * 1e6) // 1000
    return f"{_date_and_time(milliseconds // 1000)}.{milliseconds % 1000:03}Z"


def read_timestamp(text: str) -> datetime:
    """The time in a text in RFC 3339 (in Python 3.10 with 0, 3 or 6 decimals). Raises ValueError."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 doesn't know Z


@lru_cache(maxsize=4)
def _date_and_time(seconds: int) -> str:
    """The text up to the second, cached: posts of one second share it, and it takes most of the time of `timestamp`."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat()[:19]
