"""Socket operations on a stream that Tornado doesn't offer."""

from __future__ import annotations

import fcntl
import socket
import ssl
import struct
import termios
from collections import deque
from contextlib import suppress
from typing import Any

from tornado.iostream import IOStream

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: drop what the peer doesn't read, instead of keeping it for minutes


def drop_queues(stream: Any) -> None:
    """Take from a stream the two queues of what waits to be sent, until `restore_queues`: a quarter of the memory of a
    connection, for what most never need. Tornado has no other way, hence its private names.
    """
    stream._write_futures = []
    stream._write_buffer._buffers = []


def restore_queues(stream: Any) -> None:
    """To be called before anything is written to it."""
    if isinstance(stream._write_futures, list):
        stream._write_futures = deque()
        if stream._write_buffer is not None:  # it is, once the stream is closed
            stream._write_buffer._buffers = deque()


def reset(stream: IOStream) -> None:
    """Close a connection at once; what its peer hasn't read yet is dropped, here and in the kernel."""
    if not stream.closed():
        with suppress(OSError):
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        stream.close()


def shut_down(stream: IOStream) -> None:
    """Tell the peer that nothing more comes, in TLS and in TCP; what it sends can still be read."""
    with suppress(OSError, ValueError):
        if isinstance(stream.socket, ssl.SSLSocket):
            with suppress(OSError):  # wants the peer's answer, which isn't there yet
                stream.socket.unwrap()
        stream.socket.shutdown(socket.SHUT_WR)


def has_unread(stream: IOStream) -> bool:
    """Is there something that the peer hasn't taken, here or in the kernel?"""
    if stream.writing():
        return True
    try:
        queued = fcntl.ioctl(stream.socket, termios.TIOCOUTQ, b"\0\0\0\0")
    except OSError:  # not every system tells
        return False
    return any(queued)
