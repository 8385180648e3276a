"""The file of a backup: gzip of JSON Lines. Its last line has the number of lines, so half a file is noticed.

{"type": "header", "version": 1, "made": ms since 1970, "program": "0.1.0", "key": token key,
 "moderators": the generation of links for all rooms}
{"type": "room", "room": "kitchen", "seq": 1207, "hooks": {…}}   then the contents of the room:
{"type": "entry", "n": 12, "text": "…"}                      an entry of its log, as in Redis
{"type": "form", "n": 12, "text": "…", "reactions": [[…]]}   the present form of a changed message
{"type": "order", "rules": {…}, "barred": {…}, "acts": […]}   its rules, bars, and moderators' acts
{"type": "memory", "name": "sent:<person>:<id>", "value": "12", "until": ms}
{"type": "end", "lines": 4711}
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import IO

import msgspec
from msgspec import Struct, field

from ..errors import ChatError
from ..protocol import MALFORMED

VERSION = 1


class BrokenArchive(ChatError):
    """The file isn't a complete backup. The text says what is wrong with it."""


class Header(Struct, tag="header"):
    made: int
    program: str
    version: int = VERSION
    key: str = ""
    moderators: str = ""


class _Beginning(Struct, tag="header"):
    """What each version has in its first line."""

    version: int


class RoomLine(Struct, tag="room", omit_defaults=True):
    """The beginning of a room. `hooks`: as in Redis. They stand here, where earlier versions skip them."""

    room: str
    seq: int
    hooks: dict[str, str] = {}


class Entry(Struct, tag="entry"):
    n: int
    text: str


class Form(Struct, tag="form"):
    """A changed message. `reactions`: members of the sorted set with their scores."""

    n: int
    text: str
    reactions: list[tuple[str, float]]


class ModerationData(Struct, tag="order"):
    """A room's rules, bars and acts: two hashes, and the entries of a stream, as in Redis. True if there are any: Redis
    may have lost the rules of a room, but not its bars.
    """

    rules: dict[str, str] = {}
    barred: dict[str, str] = {}
    acts: list[str] = []

    def __bool__(self) -> bool:
        return bool(self.rules or self.barred or self.acts)


class Memory(Struct, tag="memory"):
    """An answer that is remembered for a client that sends a post or a change again; `until` is in ms since 1970."""

    name: str
    value: str
    until: int


class End(Struct, tag="end"):
    lines: int


Line = Header | RoomLine | Entry | Form | ModerationData | Memory | End


class ArchivedRoom(Struct):
    """A room as it was at one moment."""

    room: str
    seq: int
    entries: dict[int, str] = field(default_factory=dict)
    forms: dict[int, Form] = field(default_factory=dict)
    memories: list[Memory] = field(default_factory=list)
    moderation: ModerationData = field(default_factory=ModerationData)
    hooks: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything to restore."""
        return bool(self.seq or self.moderation or self.hooks)


class Archive(Struct):
    header: Header
    rooms: list[ArchivedRoom]


def write_archive(file: IO[bytes], archive: Archive) -> None:
    """Write the archive into a file. Raises OSError."""
    encoder = msgspec.json.Encoder()
    count = 0
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as target:
        for line in _lines(archive):
            target.write(encoder.encode(line) + b"\n")
            count += 1
        target.write(encoder.encode(End(count)) + b"\n")


def read_archive(file: IO[bytes]) -> Archive:
    """Read a complete backup. Raises BrokenArchive."""
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as source:
            _check_version(first := source.readline())
            decoder = msgspec.json.Decoder(Line)
            lines = [decoder.decode(line) for line in chain([first], source)]
    except gzip.BadGzipFile:
        raise BrokenArchive("it isn't a backup of the chat") from None
    except (OSError, EOFError, zlib.error, *MALFORMED) as problem:
        raise BrokenArchive(f"it isn't a whole backup ({problem})") from None
    header = lines[0]
    assert isinstance(header, Header)  # its version was read
    if lines[-1] != End(len(lines) - 1):
        raise BrokenArchive("its end is missing")
    return Archive(header, _rooms(lines[1:-1]))


def _check_version(first: bytes) -> None:
    """Check the first line before all others: a newer version may have other kinds of lines. Raises BrokenArchive,
    msgspec.DecodeError.
    """
    try:
        version = msgspec.json.decode(first or b"{}", type=_Beginning).version
    except msgspec.ValidationError:
        raise BrokenArchive("it isn't a backup of the chat") from None
    if version > VERSION:
        raise BrokenArchive("a newer version of the chat made it")


def _lines(archive: Archive) -> Iterator[Line]:
    yield archive.header
    for room in archive.rooms:
        yield RoomLine(room.room, room.seq, room.hooks)
        yield from (Entry(number, text) for number, text in sorted(room.entries.items()))
        yield from (form for _, form in sorted(room.forms.items()))
        if room.moderation:
            yield room.moderation
        yield from room.memories


def _rooms(lines: list[Line]) -> list[ArchivedRoom]:
    rooms: list[ArchivedRoom] = []
    for line in lines:
        if isinstance(line, RoomLine):
            rooms.append(ArchivedRoom(line.room, line.seq, hooks=line.hooks))
        elif not rooms:
            raise BrokenArchive("its lines are out of order")
        elif isinstance(line, Entry):
            rooms[-1].entries[line.n] = line.text
        elif isinstance(line, Form):
            rooms[-1].forms[line.n] = line
        elif isinstance(line, ModerationData):
            rooms[-1].moderation = line
        elif isinstance(line, Memory):
            rooms[-1].memories.append(line)
    return rooms
