"""Socket operations on a stream that Tornado doesn't offer."""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
from contextlib import suppress

from tornado.iostream import IOStream

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: drop what the peer doesn't read, instead of keeping it for minutes


def reset(stream: IOStream) -> None:
    """Close a connection at once; what its peer hasn't read yet is dropped, here and in the kernel."""
    if not stream.closed():
        with suppress(OSError):
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        stream.close()


def has_unread(stream: IOStream) -> bool:
    """Is there something that the peer hasn't taken, here or in the kernel?"""
    if stream.writing():
        return True
    try:
        queued = fcntl.ioctl(stream.socket, termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:  # not every system tells
        return False
    return any(queued)
