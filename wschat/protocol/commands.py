"""Commands: what a client may send. docs/protocol.md in types, checked while they are decoded."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ..errors import ErrorCode, Refused
from ..model import MAIN_ROOM

HISTORY_MAX = 200
PEOPLE_MAX = 200
MessageId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Ref = Annotated[str, Meta(max_length=64)]
Count = Annotated[int, Meta(ge=0, le=2**53)]


class Command(Struct, tag_field="type"):
    """The base of all commands."""


class Resume(Struct):
    epoch: Annotated[str, Meta(max_length=64)]
    seq: Count


class Hello(Command, tag="hello"):
    name: str
    room: str = MAIN_ROOM
    token: Annotated[str, Meta(max_length=1024)] | None = None
    resume: Resume | None = None
    history: Annotated[int, Meta(ge=0, le=HISTORY_MAX)] = 50
    password: Annotated[str, Meta(max_length=1024)] | None = None
    jwt: Annotated[str, Meta(max_length=8192)] | None = None
    secret: Annotated[str, Meta(min_length=16, max_length=64)] | None = None


class Post(Command, tag="post"):
    id: MessageId
    text: str


class Typing(Command, tag="typing"):
    pass


class Rename(Command, tag="rename"):
    name: str
    ref: Ref = ""


class History(Command, tag="history"):
    before: Annotated[int, Meta(ge=1, le=2**53)]
    ref: Ref = ""
    limit: Annotated[int, Meta(ge=1, le=HISTORY_MAX)] = 50


class People(Command, tag="people"):
    ref: Ref = ""
    query: Annotated[str, Meta(max_length=64)] = ""
    offset: Count = 0
    limit: Annotated[int, Meta(ge=1, le=PEOPLE_MAX)] = PEOPLE_MAX


class Stay(Command, tag="stay"):
    pass


class Ping(Command, tag="ping"):
    pass


class Renew(Command, tag="renew"):
    """Stay longer than the first `jwt` allowed."""

    jwt: Annotated[str, Meta(max_length=8192)]
    ref: Ref = ""


AnyCommand = Hello | Post | Typing | Rename | History | People | Stay | Ping | Renew


class _Type(Struct):
    type: str


class _Post(Command, tag="post"):
    id: MessageId


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_posts = msgspec.json.Decoder(_Post)
_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_types = msgspec.json.Decoder(_Type)
_names = {command.__struct_config__.tag for command in AnyCommand.__args__}


def read_command(data: bytes) -> AnyCommand:
    """The command in one text frame.

    Raises Refused (bad_json, unknown_command, bad_field), with the `id` or `ref` of the command among its
    facts where one can be read.
    """
    try:
        return _commands.decode(data)
    except msgspec.ValidationError as problem:
        raise _why_not(data, str(problem)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _not_json(data) from None


def _not_json(data: bytes) -> Refused:
    """A post that fails only for a lone surrogate, which msgspec takes for broken JSON, is refused for its text."""
    try:
        post = _posts.decode(_SURROGATE.sub(b"?", data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refused(ErrorCode.BAD_JSON, "the frame isn't a JSON object in UTF-8")
    return Refused(ErrorCode.TEXT_INVALID, "the text contains a lone surrogate", id=post.id)


class _Answerable(Struct):
    id: str | UnsetType = UNSET
    ref: str | UnsetType = UNSET


def _why_not(data: bytes, detail: str) -> Refused:
    if not data.lstrip().startswith(b"{"):
        return _not_json(data)
    try:
        name = _types.decode(data).type
    except (msgspec.DecodeError, RecursionError):
        return Refused(ErrorCode.BAD_FIELD, "`type` must be a string")
    if name not in _names:
        return Refused(ErrorCode.UNKNOWN_COMMAND, f"unknown command: {name[:64]}")
    facts: dict[str, str] = {}
    try:
        answerable = msgspec.json.decode(data, type=_Answerable)
    except (msgspec.DecodeError, RecursionError):
        return Refused(ErrorCode.BAD_FIELD, detail)
    for key in ("id", "ref"):
        value = getattr(answerable, key)
        if isinstance(value, str) and len(value) <= 64:
            facts[key] = value
    return Refused(ErrorCode.BAD_FIELD, detail, **facts)
