"""Where a room lies in Redis. The braces make all its keys, and its channel, one slot of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import MAIN_ROOM


@dataclass(frozen=True)
class RoomKeys:
    """Names of a room's channel and keys; `tag` is `chat` for the main room, else `chat:<room>`."""

    tag: str

    @classmethod
    def of(cls, room: str) -> RoomKeys:
        return cls(room if room == MAIN_ROOM else f"{MAIN_ROOM}:{room}")

    @property
    def channel(self) -> str:
        return self.tag

    @property
    def log(self) -> str:
        return f"{{{self.tag}}}:log"

    @property
    def meta(self) -> str:
        return f"{{{self.tag}}}:meta"

    def sent(self, person: str, post: str) -> str:
        return f"{{{self.tag}}}:sent:{person}:{post}"

    def pace(self, person: str) -> str:
        return f"{{{self.tag}}}:pace:{person}"
