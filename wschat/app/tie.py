"""What ties a worker process to its supervisor: a pair of sockets, and what they say over it.

The worker tells of activity and how many people it has; the supervisor tells what to say to them and when to end. A
worker whose tie breaks ends itself, so nothing is left behind when the supervisor is killed.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from msgspec import Struct

from ..protocol import Notice, encode, read

TIE = "WSCHAT_WORKER_TIE"  # environment variable that makes a process a worker: the number of its end of the pair


class Ready(Struct, tag=True):
    """A worker serves."""


class Seen(Struct, tag=True):
    """What happened at a worker since it last said so."""

    people: int
    active: bool


class Tell(Struct, tag=True):
    """Say this to everyone."""

    notice: Notice


class End(Struct, tag=True):
    """Drain: close connections with `code` over `spread` seconds."""

    code: int
    spread: float


class Tie:
    """One end of the pair: structs, each in a line of JSON."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def of(cls, end: socket.socket) -> Tie:
        return cls(*await asyncio.open_connection(sock=end))

    def say(self, words: Struct) -> None:
        if not self._writer.is_closing():
            self._writer.write(encode(words) + b"\n")

    async def hear(self, kinds: Any) -> Any:
        """The next struct of `kinds` (a union), or None when the other end is gone."""
        try:
            line = await self._reader.readline()
        except ConnectionError:
            return None
        return read(line, kinds) if line else None

    def close(self) -> None:
        self._writer.close()
