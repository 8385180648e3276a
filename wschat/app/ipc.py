"""Communication between a worker process and its supervisor: structs over a pair of sockets.

The worker reports its activity, the number of its sessions, and its metrics; the supervisor sends notices for the
sessions, and the directives to dump tasks, to reload and to drain. A worker whose channel breaks drains on its own, so
nothing is left behind when the supervisor is killed.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
from typing import Any

from msgspec import DecodeError, Struct

from ..protocol import Notice, encode, read
from .metrics import Snapshot

CONTROL_FD = "WSCHAT_CONTROL_FD"  # environment variable that makes a process a worker: its end of the pair

logger = logging.getLogger(__name__)


def is_hung_up(end: int) -> bool:
    """Whether the other end of the pair is closed. For a process that doesn't run its event loop yet."""
    poll = select.poll()
    poll.register(end, 0)
    return bool(poll.poll(0))


class Ready(Struct, tag=True):
    """A worker's report that it serves clients."""


class Status(Struct, tag=True):
    """A worker's activity since its last report."""

    sessions: int
    active: bool


class Measured(Struct, tag=True):
    """A worker's metrics."""

    snapshot: Snapshot


class Broadcast(Struct, tag=True):
    """A directive to send a notice to all sessions."""

    notice: Notice


class Drain(Struct, tag=True):
    """A directive to close connections with `code` over `spread` seconds, and to end."""

    code: int
    spread: float


class Reload(Struct, tag=True):
    """A directive to read passwords, keys and certificates again."""


class DumpTasks(Struct, tag=True):
    """A directive to log what every task waits for."""


Directive = Broadcast | DumpTasks | Reload | Drain  # what a supervisor sends to its workers


class ControlChannel:
    """One end of the pair. It sends and receives structs, each as a line of JSON."""

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
        """The next struct of `kinds` (a union); None if the other end is gone, or sent something unreadable."""
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
