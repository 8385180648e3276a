"""Commands, which clients send: docs/protocol.md as types, checked while they are decoded."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ..errors import ErrorCode, Refused
from ..model import MAIN_ROOM, PICTURES_MAX
from .decoding import MALFORMED, read_foreign

HISTORY_MAX = 200
PEOPLE_MAX = 200
MESSAGES_MAX = 50  # also that a search finds at once
SEARCH_MAX = 200  # characters
PASSWORD_MAX = 1024  # characters in a command; also of the server's own password
BAR_MAX = 365 * 24 * 3600  # s: a mute or a removal lasts at most that long, or is for good
SLOW_MAX = 24 * 3600  # s
MessageId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Ref = Annotated[str, Meta(max_length=64)]
Seq = Annotated[int, Meta(ge=1, le=2**53)]
Epoch = Annotated[str, Meta(max_length=64)]
Count = Annotated[int, Meta(ge=0, le=2**53)]


class Command(Struct, tag_field="type"):
    """The base of all commands."""


class Resume(Struct):
    epoch: Epoch
    seq: Count


class Hello(Command, tag="hello"):
    name: str
    room: str = MAIN_ROOM
    token: Annotated[str, Meta(max_length=1024)] | None = None
    resume: Resume | None = None
    history: Annotated[int, Meta(ge=0, le=HISTORY_MAX)] = 50
    password: Annotated[str, Meta(max_length=PASSWORD_MAX)] | None = None
    jwt: Annotated[str, Meta(max_length=8192)] | None = None
    secret: Annotated[str, Meta(min_length=16, max_length=64)] | None = None
    room_password: Annotated[str, Meta(max_length=PASSWORD_MAX)] | None = None
    mod: Annotated[str, Meta(max_length=512)] | None = None


class Post(Command, tag="post"):
    """A post. `reply`: the number, in `epoch`, of the message that it replies to; without `epoch`, in the one that the
    client was told last. `pictures`: receipts of uploads.
    """

    id: MessageId
    text: str
    reply: Seq | None = None
    epoch: Epoch = ""
    pictures: Annotated[tuple[Annotated[str, Meta(max_length=1024)], ...], Meta(max_length=PICTURES_MAX)] = ()


class Edit(Command, tag="edit"):
    seq: Seq
    text: str
    ref: Ref = ""
    epoch: Epoch = ""


class Delete(Command, tag="delete"):
    seq: Seq
    ref: Ref = ""
    epoch: Epoch = ""


class React(Command, tag="react"):
    """Adds a reaction to a message, or takes it back if `on` is false."""

    seq: Seq
    emoji: Annotated[str, Meta(max_length=32)]
    on: bool = True
    ref: Ref = ""
    epoch: Epoch = ""


class Messages(Command, tag="messages"):
    """Requests the present forms of the messages with these numbers."""

    seqs: Annotated[list[Seq], Meta(max_length=MESSAGES_MAX)]
    ref: Ref = ""


class Search(Command, tag="search"):
    """Requests messages that have all words of the text; `before`: only such with a lower number."""

    text: Annotated[str, Meta(max_length=SEARCH_MAX)]
    before: Seq | None = None
    limit: Annotated[int, Meta(ge=1, le=MESSAGES_MAX)] = 20
    ref: Ref = ""


class Upload(Command, tag="upload"):
    """Requests permission to upload a picture."""

    ref: Ref = ""


class Typing(Command, tag="typing"):
    pass


class Rename(Command, tag="rename"):
    name: str
    ref: Ref = ""


class History(Command, tag="history"):
    before: Seq
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
    """Presents a newer `jwt`, to stay longer than the former one allowed."""

    jwt: Annotated[str, Meta(max_length=8192)]
    ref: Ref = ""


ActName = Literal[
    "mute", "remove", "let_in", "erase", "slow", "read_only", "lock", "password", "topic", "clear", "barred"
]


class Moderate(Command, tag="moderate"):
    """An act of a moderator. Each kind of act has some of the fields; docs/protocol.md says which."""

    act: ActName
    person: MessageId | None = None
    seq: Seq | None = None
    epoch: Epoch = ""
    seconds: Annotated[int, Meta(ge=0, le=BAR_MAX)] | None = None
    on: bool | None = None
    text: Annotated[str, Meta(max_length=1024)] | None = None
    ref: Ref = ""


AnyCommand = (
    Hello | Post | Edit | Delete | React | Messages | Search | Typing | Rename | History | People | Stay | Ping
    | Renew | Moderate | Upload
)  # fmt: skip


class _Type(Struct):
    type: str


class _Post(Command, tag="post"):
    id: MessageId


class _Edit(Command, tag="edit"):
    ref: Ref = ""


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_texts: msgspec.json.Decoder[_Post | _Edit] = msgspec.json.Decoder(_Post | _Edit)
_commands: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_types = msgspec.json.Decoder(_Type)
_names = {command.__struct_config__.tag for command in AnyCommand.__args__}


def read_command(data: bytes) -> AnyCommand:
    """The command in one text frame.

    Raises Refused (bad_json, unknown_command, bad_field), with the `id` or `ref` of the command among its facts if that
    can be read.
    """
    try:
        return _commands.decode(data)
    except msgspec.ValidationError as problem:
        raise _why_not(data, str(problem)) from None
    except MALFORMED:
        raise _not_json(data) from None


def _not_json(data: bytes) -> Refused:
    """The refusal of a frame that msgspec can't decode: because of its text if it is a post or an edit that fails only
    for a lone surrogate.
    """
    try:
        command = _texts.decode(_SURROGATE.sub(b"?", data))
    except MALFORMED:
        return Refused(ErrorCode.BAD_JSON, "the frame isn't a JSON object in UTF-8")
    answers = {"id": command.id} if isinstance(command, _Post) else {"ref": command.ref} if command.ref else {}
    return Refused(ErrorCode.TEXT_INVALID, "the text contains a lone surrogate", **answers)


class _Answerable(Struct):
    id: str | UnsetType = UNSET
    ref: str | UnsetType = UNSET


def _why_not(data: bytes, detail: str) -> Refused:
    if not data.lstrip().startswith(b"{"):
        return _not_json(data)
    try:
        name = _types.decode(data).type
    except MALFORMED:
        return Refused(ErrorCode.BAD_FIELD, "`type` must be a string")
    answers = _answers(data)
    if name not in _names:
        return Refused(ErrorCode.UNKNOWN_COMMAND, f"unknown command: {name[:64]}", **answers)
    return Refused(ErrorCode.BAD_FIELD, detail, **answers)


def _answers(data: bytes) -> dict[str, str]:
    """The `id` or `ref` of a refused command, if it can be read."""
    answerable = read_foreign(data, _Answerable) or _Answerable()
    found = {"id": answerable.id, "ref": answerable.ref}
    return {key: value for key, value in found.items() if isinstance(value, str) and len(value) <= 64}
