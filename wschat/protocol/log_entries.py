"""The contents of a log and of the channel: messages, and changes of messages. A position is read without decoding.

A message that was changed has a `rev`, the number of its last change. That, its position and its author come before its
text, where they can be read without decoding it, too.
"""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ..model import Person, Position
from .decoding import MALFORMED, read_foreign


class Reply(Struct, kw_only=True, omit_defaults=True):
    """The target of a reply: the message's number and its author.

    On the way to Redis it also has the message's `id`: post.lua stores the reply only if the number still is its.
    """

    id: str | UnsetType = UNSET
    seq: int
    sender: Person = msgspec.field(name="from")


class Reaction(Struct):
    """One kind of reaction to a message: how many people, and the first of them by id."""

    emoji: str
    count: int
    people: list[str]


class Picture(Struct, frozen=True):
    """A picture of a message, and its size in pixels. The id is part of its address, and of its file's name."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
    width: Annotated[int, Meta(ge=1)]
    height: Annotated[int, Meta(ge=1)]


class MessageBody(Struct, kw_only=True, omit_defaults=True):
    """A message before Redis has numbered it. A script adds `type`, `seq`, `epoch` and `rev` in front.

    `moderated`: a moderator has deleted it, not its author. `hook`: a program wrote it over HTTP.
    """

    room: str
    id: str
    sender: Person = msgspec.field(name="from")
    text: str | UnsetType = UNSET
    time: str
    edited: str | UnsetType = UNSET
    deleted: bool = False
    moderated: bool = False
    hook: bool = False
    pictures: tuple[Picture, ...] = ()
    reply: Reply | UnsetType = UNSET  # the last one: post.lua cuts it off


class Message(MessageBody, tag="message", kw_only=True):
    """A message in its present form. It has a text unless it is deleted."""

    seq: int
    epoch: str
    rev: int = 0
    reactions: list[Reaction] = []


class _Text(Struct):
    text: str = ""


class Change(NamedTuple):
    """The entry of a change: its bytes before the message that it changes, and the number of that message."""

    head: bytes
    of: int


MESSAGE_MAX = 64 << 10  # bytes of a message that a client has written, with its reactions

_MESSAGE = b'{"type":"message"'
_AMENDED = b'{"type":"amended"'
_SEQ_AT = len(_MESSAGE + b',"seq":')
_EPOCH_AT = len(b',"epoch":"')
_REV = b',"rev":'
_OF = b'"of":'
_FORM = b'"message":'
_DELETED = ',"deleted":true'  # unlike this, quotes in a text are escaped
_change = re.compile(rb'(\{"type":"amended","seq":(\d{1,16}),"epoch":"[^"]*","id":"[^"]*",)"of":(\d{1,16})\}')
_author = re.compile(rb',"id":"[^"]*","from":\{"id":"[^"]*",')
_messages = msgspec.json.Decoder(Message)
_texts = msgspec.json.Decoder(_Text)


def is_change(event: bytes) -> bool:
    """Whether this is an `amended` event. If not, it is a message, or not the chat's."""
    return event.startswith(_AMENDED)


def event_position(data: bytes) -> Position | None:
    """The position of a published message or change, read without decoding it; None if the chat didn't publish it."""
    if not data.startswith((_MESSAGE, _AMENDED)):
        return None
    try:
        comma = data.index(b",", _SEQ_AT)
        start = comma + _EPOCH_AT
        return Position(data[start : data.index(b'"', start)].decode(), int(data[_SEQ_AT:comma]))
    except ValueError:
        return None


def revision(message: bytes) -> int:
    """The number of a message's last change, 0 if it was never changed."""
    try:
        start = message.index(b'"', message.index(b",", _SEQ_AT) + _EPOCH_AT) + 1
        if not message.startswith(_REV, start):
            return 0
        start += len(_REV)
        return int(message[start : message.index(b",", start)])
    except ValueError:
        return 0


def likeness(event: bytes) -> bytes:
    """Bytes that identify a message or change, which later changes don't alter; b"" if it has none."""
    if is_change(event):
        return event.partition(_FORM)[0]
    author = _author.search(event)
    return author[0] if author else b""


def read_message(data: bytes, seq: int) -> Message | None:
    """The message with this number; None for anything else: any program that can write to Redis may have written it."""
    position = event_position(data)
    if position is None or position.seq != seq or is_change(data):
        return None
    try:
        message = _messages.decode(data)
    except MALFORMED:
        return None
    return None if message.text is UNSET and not message.deleted else message


def text_of(message: bytes) -> str:
    """The text of a message that was read before; "" if it has none, or is too long for a client to have written it."""
    return _texts.decode(message).text if len(message) <= MESSAGE_MAX else ""


def is_message(data: bytes, seq: int) -> bool:
    """Whether this is a valid message with this number."""
    return read_message(data, seq) is not None


def is_deleted(form: str) -> bool:
    """Whether a stored message is marked as deleted, read without decoding it."""
    return _DELETED in form


def read_change(entry: bytes, seq: int) -> Change | None:
    """The change with this number, from its entry in the log; None for anything else."""
    found = _change.fullmatch(entry)
    return Change(found[1], int(found[3])) if found and int(found[2]) == seq else None


def amended_event(change: Change, form: bytes) -> bytes:
    """The `amended` event of a change, with `form` as the present form of its message."""
    return change.head + _FORM + form + b"}"


def split_amended(event: bytes) -> tuple[Change, bytes] | None:
    """(the change, its message) of an `amended` event; None for anything else, or if its message isn't valid."""
    head, found, rest = event.partition(_FORM)
    form = rest[:-1]
    position = event_position(form)
    if not found or not event.endswith(b"}") or position is None or not is_message(form, position.seq):
        return None
    return Change(head, position.seq), form


class _Published(Struct):
    text: str
    name: str = ""


def read_outside(data: bytes) -> tuple[str, str] | None:
    """(name, text) of a message by another program: JSON with `text`, or the plain text itself. None: it isn't text."""
    published = read_foreign(data, _Published)
    if published is not None:
        return published.name, published.text
    try:
        return "", data.decode()
    except UnicodeDecodeError:
        return None
