"""What a store of pictures promises. Each room has a folder in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple, Protocol

from msgspec import Struct

from ..errors import Refused
from ..model import room_name

SUFFIX = ".webp"
PART = 256 << 10  # bytes of a picture that are read at once: somebody may take minutes for each
PICTURE_ID = re.compile(r"[A-Za-z0-9_-]{22}")  # nothing else has such names: the folder may have other files, too
_FOLDER_MAX = 240  # bytes of a name, which may have 255 in most file systems
_DIGEST = "="  # begins the name of a folder that isn't the room's: no room's name has it


class StoredPicture(NamedTuple):
    """A picture in a store. `written`: in s since 1970."""

    id: str
    written: float


class Part(Struct, frozen=True, weakref=True):
    """Some bytes of a picture. `size`: how many all of it has."""

    data: bytes
    size: int


class PictureStore(Protocol):
    """Keeps pictures by folder and id. Each method raises OSError if the store can't do that now."""

    async def put(self, folder: str, picture: str, data: bytes) -> None:
        """Store a picture: all of it or nothing, whatever happens meanwhile."""

    async def get(self, folder: str, picture: str, start: int = 0) -> Part | None:
        """At most PART bytes of a picture, from `start` on; None if there is no picture."""

    async def delete(self, folder: str, pictures: Iterable[str]) -> None:
        """Delete pictures. Those that are gone already are no error."""

    async def has_space(self) -> bool:
        """Whether one more picture leaves enough space for everything else."""

    async def folders(self) -> list[str]:
        """The folders that there are."""

    async def pictures_in(self, folder: str) -> list[StoredPicture]:
        """The pictures in a folder."""

    async def tidy(self, folder: str, before: float) -> None:
        """Delete what interrupted writes left there before that time, and the folder if it is empty."""

    async def close(self) -> None:
        """Let go of everything. Called once, when nothing else is going on."""


def folder_of(room: str) -> str:
    """The name of a room's folder: the room's own, or a digest of it if that is too long for a file system."""
    name = room.encode()
    return room if len(name) <= _FOLDER_MAX else f"{_DIGEST}{sha256(name).hexdigest()}"


def room_of(folder: str) -> str | None:
    """The room of a folder; None if its name is a digest, or nothing that the chat has made."""
    try:
        return room_name(folder)
    except Refused:
        return None


def is_digest(folder: str) -> bool:
    return folder.startswith(_DIGEST)
