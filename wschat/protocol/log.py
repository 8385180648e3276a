"""Messages as they lie in the log and are published. A position is read without decoding the rest."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ..model import Person, Position


class MessageBody(Struct):
    """A message before Redis numbered it. The post script puts `type`, `seq` and `epoch` in front."""

    room: str
    id: str
    sender: Person = msgspec.field(name="from")
    text: str
    time: str


_PREFIX = b'{"type":"message","seq":'
_EPOCH_AT = len(b',"epoch":"')


def message_position(data: bytes) -> Position | None:
    """The position of a published message, read without decoding it; None for what we didn't publish."""
    if not data.startswith(_PREFIX):
        return None
    try:
        comma = data.index(b",", len(_PREFIX))
        start = comma + _EPOCH_AT
        return Position(data[start : data.index(b'"', start)].decode(), int(data[len(_PREFIX) : comma]))
    except ValueError:
        return None


class _Message(MessageBody, tag="message"):
    seq: int
    epoch: str


_messages = msgspec.json.Decoder(_Message)


def is_message(data: bytes, seq: int) -> bool:
    """Is this a whole message with this number? For what was read back from Redis, which anybody may have written."""
    position = message_position(data)
    if position is None or position.seq != seq:
        return False
    try:
        _messages.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


class _Published(Struct):
    text: str
    name: str = ""


def read_outside(data: bytes) -> tuple[str, str] | None:
    """(name, text) that another program published: JSON with `text`, or the plain text itself. None: not text."""
    try:
        published = msgspec.json.decode(data, type=_Published)
        return published.name, published.text
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the second: good JSON with bad UTF-8 in it
        pass
    try:
        return "", data.decode()
    except UnicodeDecodeError:
        return None
