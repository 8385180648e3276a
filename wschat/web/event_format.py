"""A room's events in the format of server-sent events (the HTML standard, 9.2).

The id of an event is its position, with which a program comes back. The address of each picture is added.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from ..fan_out import text_payloads
from ..model import Position
from ..protocol import Resume, observed_position, observed_type, with_picture_urls

KEEP_ALIVE = b":\n\n"  # a comment
EPOCH_MAX, SEQ_MAX = 64, 2**53  # as in the commands of a client

_EVENT_ID = re.compile(rf"([!-~]{{1,{EPOCH_MAX}}})-([0-9]{{1,16}})")


class EventFormat:
    """Turns frames of a room into events, once for all programs that get the same bytes. `pictures`: the path of the
    room's pictures, with a slash at its end.
    """

    def __init__(self, pictures: str) -> None:
        self._pictures = pictures
        self._frames = self._events = b""

    def __call__(self, frames: bytes) -> bytes:
        if frames is not self._frames:
            self._events = b"".join(map(self._event, text_payloads(frames)))
            self._frames = frames
        return self._events

    def _event(self, payload: bytes) -> bytes:
        """An event; b"" if programs don't get it."""
        kind = observed_type(payload)
        if kind is None:
            return b""
        position = observed_position(payload)
        begin = b"event: %s\n" % kind.encode() + (b"" if position is None else _id_line(position))
        # Only white space between tokens can be a line break: the entry was written by another program.
        data = with_picture_urls(payload, self._pictures).replace(b"\r", b" ").replace(b"\n", b" ")
        return b"%sdata: %s\n\n" % (begin, data)


def picture_path(base: str, room: str) -> str:
    """The path of a room's pictures below the base path, with a slash at its end."""
    return f"{base}/r/{quote(room, safe='')}/pictures/"


def position_line(position: Position) -> bytes:
    """Lines that set a program's place, and are no event for it."""
    return _id_line(position) + b"\n"


def read_event_id(text: str) -> Resume | None:
    """The position that a program comes back with; None if it isn't one."""
    found = _EVENT_ID.fullmatch(text)
    return Resume(found[1], int(found[2])) if found and int(found[2]) <= SEQ_MAX else None


def _id_line(position: Position) -> bytes:
    return b"id: %s-%d\n" % (position.epoch.encode(), position.seq)
