"""What a client may ask and what the server may tell it: docs/protocol.md in types. The only place that knows JSON.

Events become bytes here, once; everything after this module passes bytes on.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from .errors import ErrorCode, Refused
from .model import ID_PATTERN, MAIN_ROOM, Person, Position

HISTORY_MAX = 200
PEOPLE_MAX = 200
MessageId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
Ref = Annotated[str, Meta(max_length=64)]
Count = Annotated[int, Meta(ge=0, le=2**53)]


# --- client → server ---------------------------------------------------------


class Command(Struct, tag_field="type"):
    """The root of what a client may ask."""


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
        post = json.loads(data)
    except (ValueError, RecursionError):
        post = None
    id_ = post.get("id") if isinstance(post, dict) and post.get("type") == "post" else None
    if isinstance(id_, str) and ID_PATTERN.fullmatch(id_):
        return Refused(ErrorCode.TEXT_INVALID, "lone surrogates can't be stored", id=id_)
    return Refused(ErrorCode.BAD_JSON, "the frame isn't a JSON object in UTF-8")


class _Answerable(Struct):
    id: str | UnsetType = UNSET
    ref: str | UnsetType = UNSET


def _why_not(data: bytes, detail: str) -> Refused:
    if not data.lstrip().startswith(b"{"):
        return _not_json(data)
    try:
        name = _types.decode(data).type
    except (msgspec.DecodeError, RecursionError):
        return Refused(ErrorCode.BAD_FIELD, "a `type` is expected, a string")
    if name not in _names:
        return Refused(ErrorCode.UNKNOWN_COMMAND, f"no such command: {name[:64]}")
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


# --- server → client ---------------------------------------------------------


class Event(Struct, tag_field="type", omit_defaults=True):
    """The root of what the server may tell. Fields at their default are left out."""


class Online(Struct):
    """Who is in the room: how many, and the first of them by name."""

    count: int
    people: list[Person]


class Limits(Struct):
    text: int
    name: int
    history: int
    posts_waiting: int


class Welcome(Event, tag="welcome", omit_defaults=False):
    """`messages` and `online` come encoded: everyone who joins at the same time shares them."""

    room: str
    you: Person
    token: str
    epoch: str
    seq: int
    head: int
    recovered: bool
    lost: bool
    messages: Raw
    online: Raw
    text: str
    limits: Limits
    version: str


class OutsideFrom(Struct):
    name: str


class OutsideMessage(Event, tag="message", omit_defaults=False):
    """A message that another program published: it is in no log and has no number."""

    room: str
    sender: OutsideFrom = msgspec.field(name="from")
    text: str
    time: str
    outside: bool = True


class Ack(Event, tag="ack"):
    id: str
    seq: int


class OnlineChange(Event, tag="online"):
    count: int
    joined: list[Person]
    left: list[Person]
    renamed: list[Person]
    more: bool = False


class TypingNow(Event, tag="typing"):
    people: list[Person]


class HistoryPage(Event, tag="history"):
    ref: str
    messages: Raw
    start: bool = False


class PeoplePage(Event, tag="people", omit_defaults=False):
    ref: str
    people: list[Person]
    count: int
    next: int | None


class Renamed(Event, tag="renamed"):
    you: Person
    ref: str = ""


class Renewed(Event, tag="renewed", omit_defaults=False):
    """`seconds`: for how long the person may stay now."""

    seconds: int
    ref: str = ""


class Reset(Event, tag="reset"):
    epoch: str
    seq: int
    messages: Raw


class Notice(Event, tag="notice"):
    """Codes: idle and expiring (with seconds), active, draining, degraded, restored."""

    code: str
    seconds: int | UnsetType = UNSET


class Pong(Event, tag="pong"):
    pass


class Error(Event, tag="error"):
    code: ErrorCode
    id: str | UnsetType = UNSET
    ref: str | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET
    limit: float | UnsetType = UNSET
    suggestion: str | UnsetType = UNSET
    detail: str = ""


EVENTS = (
    Welcome, OutsideMessage, Ack, OnlineChange, TypingNow, HistoryPage, PeoplePage, Renamed, Renewed,
    Reset, Notice, Pong, Error,
)  # fmt: skip
NOTICES = ("idle", "active", "draining", "degraded", "restored", "expiring")

_encoder = msgspec.json.Encoder()
encode = _encoder.encode
PONG = encode(Pong())


def error_event(refused: Refused, **answers: str) -> Error:
    """The `error` event for a refusal; `answers` is the `id` or `ref` of the command."""
    facts: dict[str, Any] = {**answers, **refused.facts}
    if "retry_after" in facts:
        facts["retry_after"] = round(facts["retry_after"], 1)
    return Error(refused.code, detail=refused.detail, **facts)


# --- messages, as they lie in the log and travel through Redis ----------------


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


def raw_array(items: list[bytes]) -> Raw:
    """Encoded things as one encoded array."""
    return Raw(b"[" + b",".join(items) + b"]")


# --- what nodes tell each other, over the room's signal channel ----------------


class Signal(Struct):
    """A change of presence, numbered (`version`); or people about to leave one node, or typing, without a number."""

    version: int = 0
    joined: list[Person] = []
    left: list[Person] = []
    renamed: list[Person] = []
    leaving: list[str] = []
    typing: list[Person] = []


_Any = TypeVar("_Any")
read_signal = msgspec.json.Decoder(Signal).decode


def read(data: bytes | str, type_: type[_Any]) -> _Any:
    """JSON of our own making back into its type."""
    return msgspec.json.decode(data, type=type_)
