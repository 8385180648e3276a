"""The interface between a WebSocket and its connection, and operations for both kinds of streams.

`SocketStream` (socket_stream.py) is for nearly all connections, `TornadoStream` (tornado_stream.py) for TLS and for
frames that came with the handshake (docs/decisions/0002).
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

READ_SIZE = 64 << 10  # bytes that are read at once, at most
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: drop the bytes that the peer doesn't read, don't keep them for minutes


class Closable(Protocol):
    """A connection that can be closed; an `IOStream` of Tornado's is one, too."""

    socket: socket.socket

    def closed(self) -> bool: ...

    def writing(self) -> bool:
        """Whether bytes wait for the socket to take them."""

    def close(self) -> None: ...


class Stream(Closable, Protocol):
    """The bytes of a connection, in both directions."""

    def start_reading(self, on_bytes: Callable[[bytes], None], on_close: Callable[[], None]) -> None:
        """From now on call `on_bytes` with incoming bytes, and `on_close` once when the connection is gone, but never
        during a call of this method or of `close`.
        """

    def pause_reading(self) -> None:
        """Leave incoming bytes in the kernel. The end of the connection is still noticed if no bytes came before it."""

    def resume_reading(self) -> None:
        """Read again, if it was paused."""

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        """Write; the future is done when the kernel has taken all. Only one write at a time.

        Raises StreamClosedError, also in the future.
        """


def reset(stream: Closable) -> None:
    """Close a connection at once; bytes that its peer hasn't read yet are dropped, here and in the kernel."""
    if not stream.closed():
        with suppress(OSError):
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        stream.close()


def shut_down(stream: Closable) -> None:
    """Tell the peer that nothing more comes, in TLS and in TCP; its bytes can still be read."""
    with suppress(OSError, ValueError):
        if isinstance(stream.socket, ssl.SSLSocket):
            with suppress(OSError):  # it expects the peer's answer, which isn't there yet
                stream.socket.unwrap()
        stream.socket.shutdown(socket.SHUT_WR)


def has_unread(stream: Closable) -> bool:
    """Whether there are bytes that the peer of an open connection hasn't taken, here or in the kernel."""
    if stream.writing():
        return True
    try:
        queued = fcntl.ioctl(stream.socket, termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:  # some systems don't tell
        return False
    return any(queued)
