"""What a WebSocket needs of the connection below it, and operations that both kinds of streams share.

`SocketStream` (socket_stream.py) is the one for nearly all, `TornadoStream` (tornado_stream.py) the one for TLS
and for frames that came with the handshake (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import fcntl
import socket
import ssl
import struct
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

READ_SIZE = 64 << 10  # bytes at most that are read at once
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: drop what the peer doesn't read, instead of keeping it for minutes


class Closable(Protocol):
    """A connection, whatever reads and writes on it; an `IOStream` of Tornado's is one, too."""

    socket: socket.socket

    def closed(self) -> bool: ...

    def writing(self) -> bool:
        """Does something wait until the socket takes it?"""

    def close(self) -> None: ...


class Stream(Closable, Protocol):
    """The bytes of a connection, in both directions."""

    def start_reading(self, on_bytes: Callable[[bytes], None], on_close: Callable[[], None]) -> None:
        """From now on call `on_bytes` with what comes in, and `on_close` once when the connection is gone, never
        within a call of this or of `close`.
        """

    def pause_reading(self) -> None:
        """Leave what comes in to the kernel. An end is still noticed where nothing came before it."""

    def resume_reading(self) -> None:
        """Read again, if it was paused."""

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        """Done when the kernel has taken all; one at a time. Raises StreamClosedError, also as the future's."""


def reset(stream: Closable) -> None:
    """Close a connection at once; what its peer hasn't read yet is dropped, here and in the kernel."""
    if not stream.closed():
        with suppress(OSError):
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        stream.close()


def shut_down(stream: Closable) -> None:
    """Tell the peer that nothing more comes, in TLS and in TCP; what it sends can still be read."""
    with suppress(OSError, ValueError):
        if isinstance(stream.socket, ssl.SSLSocket):
            with suppress(OSError):  # wants the peer's answer, which isn't there yet
                stream.socket.unwrap()
        stream.socket.shutdown(socket.SHUT_WR)


def has_unread(stream: Closable) -> bool:
    """Is there something that the peer of an open connection hasn't taken, here or in the kernel?"""
    if stream.writing():
        return True
    try:
        queued = fcntl.ioctl(stream.socket, termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:  # not every system tells
        return False
    return any(queued)
