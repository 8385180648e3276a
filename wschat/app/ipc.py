"""Communication between a worker process and its supervisor: structs over a pair of sockets.

The worker reports activity, how many sessions it has, and its metrics; the supervisor sends notices for them and the
orders to dump tasks, to reload and to drain. A worker whose channel breaks drains on its own, so nothing is left behind
when the supervisor is killed.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
from typing import Any

from msgspec import DecodeError, Struct

from ..protocol import Notice, encode, read
from .snapshot import Snapshot

CONTROL_FD = "WSCHAT_CONTROL_FD"  # environment variable that makes a process a worker: its end of the pair

logger = logging.getLogger(__name__)


def is_hung_up(end: int) -> bool:
    """Is the other end of the pair closed? For a process that doesn't run its event loop yet."""
    poll = select.poll()
    poll.register(end, 0)
    return bool(poll.poll(0))


class Ready(Struct, tag=True):
    """A worker serves."""


class Status(Struct, tag=True):
    """A worker's activity since its last report."""

    sessions: int
    active: bool


class Measured(Struct, tag=True):
    """A worker's metrics."""

    snapshot: Snapshot


class Broadcast(Struct, tag=True):
    """Send this to everyone."""

    notice: Notice


class Drain(Struct, tag=True):
    """Close connections with `code` over `spread` seconds, and end."""

    code: int
    spread: float


class Reload(Struct, tag=True):
    """Read passwords, keys and certificates again."""


class DumpTasks(Struct, tag=True):
    """Log what every task waits for."""


Directive = Broadcast | DumpTasks | Reload | Drain  # what a supervisor sends to its workers


class ControlChannel:
    """One end of the pair: structs, each in a line of JSON."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> ControlChannel:
        return cls(*await asyncio.open_connection(sock=end))

    def send(self, message: Struct) -> None:
        if not self._writer.is_closing():
            self._writer.write(encode(message) + b"\n")

    async def receive(self, kinds: Any) -> Any:
        """The next struct of `kinds` (a union), or None when the other end is gone, also in the middle of a line."""
        try:
            line = await self._reader.readline()
            return read(line, kinds) if line.endswith(b"\n") else None
        except ConnectionError:
            return None
        except (DecodeError, ValueError):  # ValueError: a line without an end
            logger.exception("Could not read the control channel")
            return None

    def close(self) -> None:
        self._writer.close()
