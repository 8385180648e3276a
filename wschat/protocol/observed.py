"""Encoded events as observers get them, programs that read a room over HTTP: which ones, their positions, addresses."""

from __future__ import annotations

import re

from ..model import Position
from .decoding import read_foreign
from .events import Reset
from .log_entries import event_position

# "error" would be taken for an event of the browser's own; the others concern people: notices, rules, who is typing.
OBSERVED = ("message", "amended", "reset", "online")

_BEGINS = {f'{{"type":"{kind}",'.encode(): kind for kind in OBSERVED}
# Compiled when first used: most servers never need them. In a text, a backslash precedes each quotation mark.
_PICTURES = rb'"pictures":\[[^\]]*\]'
_PICTURE_ID = rb'"id":"([A-Za-z0-9_-]{1,64})"'


def observed_type(event: bytes) -> str | None:
    """The type of an event that observers get; None for others."""
    return _BEGINS.get(event[: event.find(b",") + 1])


def observed_position(event: bytes) -> Position | None:
    """The position that an observer has with this event; None if that stays as it was."""
    if observed_type(event) != "reset":
        return event_position(event)
    reset = read_foreign(event, Reset)
    return None if reset is None else Position(reset.epoch, reset.seq)


def with_picture_urls(messages: bytes, path: str) -> bytes:
    """Encoded messages, with the `url` of each picture in them: `path` and its id."""
    if b'"pictures":[' not in messages:
        return messages
    url = rb'"id":"\1","url":"' + path.encode() + rb'\1"'
    return re.sub(_PICTURES, lambda found: re.sub(_PICTURE_ID, url, found[0]), messages)
