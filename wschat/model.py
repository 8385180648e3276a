"""Room, person, message, name: what they are and the rules they keep."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import NamedTuple

from .errors import ErrorCode, Refused

MAIN_ROOM = "chat"
ROOM_MAX = 64
NAME_MAX = 32  # characters of a name as people count them: a letter with its accents is one
TEXT_MAX = 4000  # code points of a message
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")

_ROOM_PATTERN = re.compile(rf"[\w-]{{1,{ROOM_MAX}}}")


@dataclass(frozen=True)
class Person:
    """Who is present. `id` is public and never changes; `name` may."""

    id: str
    name: str


class Position(NamedTuple):
    """How far a client has read: messages up to `seq` in the log's life `epoch`."""

    epoch: str
    seq: int


def random_id(size: int = 12) -> str:
    """A random name for a person or an epoch: `size` bytes, in letters that need no escaping anywhere."""
    return secrets.token_urlsafe(size)


def new_epoch() -> str:
    """A name for a life of a log that begins now."""
    return random_id(9)


def room_name(raw: str) -> str:
    """The room that `raw` names, in NFC.

    Raises Refused(room_invalid). A room is 1–64 letters, digits, `-` and `_` of any script: it stands in
    addresses, Redis keys and channels.
    """
    name = unicodedata.normalize("NFC", raw)
    if not _ROOM_PATTERN.fullmatch(name):
        raise Refused(ErrorCode.ROOM_INVALID, "a room name is 1-64 letters, digits, - or _")
    return name


def message_text(raw: str, limit: int) -> str:
    """What a person wrote, trimmed; `limit` is in code points.

    Raises Refused(text_empty, text_too_long, text_invalid).
    """
    text = raw.strip()
    if not text:
        raise Refused(ErrorCode.TEXT_EMPTY, "the text is empty")
    if len(text) > limit:
        raise Refused(ErrorCode.TEXT_TOO_LONG, f"the text is longer than {limit} characters", limit=limit)
    if not is_storable(text):
        raise Refused(ErrorCode.TEXT_INVALID, "the text contains NUL or a lone surrogate")
    return text


def is_storable(text: str) -> bool:
    """False for text that can't be UTF-8 (lone surrogates, which JSON can carry) or holds NUL."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def timestamp(seconds: float) -> str:
    """`seconds` since 1970 as RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"
