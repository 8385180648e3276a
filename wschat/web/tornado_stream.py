"""A stream on Tornado's, for TLS, and for clients that sent more than the handshake before Tornado had read it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from tornado.iostream import IOStream, SSLIOStream

from .socket_stream import SocketStream
from .streams import READ_SIZE, Stream


def take_over(stream: IOStream) -> Stream:
    """The stream for a WebSocket after a handshake that Tornado has read: on the bare socket, if possible."""
    stream.set_nodelay(True)  # Tornado switches it off after each answer on a persistent connection
    if isinstance(stream, SSLIOStream) or stream.closed() or stream.writing():
        return TornadoStream(stream)
    try:
        first = _read_from(stream)
    except OSError:
        return TornadoStream(stream)  # closed by now
    if first.done():
        return TornadoStream(stream, first)
    stream.io_loop.remove_handler(stream.socket)
    return SocketStream(stream.socket)


class TornadoStream:
    """A `Stream` on an `IOStream`, or an `SSLIOStream` after its handshake; `first` is a completed read."""

    __slots__ = ("_done", "_is_paused", "_is_reading", "_on_bytes", "_on_close", "_stream", "socket")

    def __init__(self, stream: IOStream, first: asyncio.Future[bytes] | None = None) -> None:
        self._stream = stream
        self.socket: socket.socket = stream.socket
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_close: Callable[[], None] | None = None
        self._done = first  # a read whose bytes weren't passed on yet
        self._is_reading = False
        self._is_paused = False

    def closed(self) -> bool:
        return self._stream.closed()

    def writing(self) -> bool:
        return self._stream.writing()

    def start_reading(self, on_bytes: Callable[[bytes], None], on_close: Callable[[], None]) -> None:
        self._on_bytes, self._on_close = on_bytes, on_close
        self._read_more()
        # After the first read: for a stream that isn't being read, the loop would have to watch for the close alone.
        if self._stream.closed():  # it would never call back, and keep this object in a reference cycle
            asyncio.get_running_loop().call_soon(self._notify_closed)
        else:
            self._stream.set_close_callback(self._notify_closed)

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False
        self._read_more()

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        return self._stream.write(data)

    def close(self) -> None:
        self._stream.close()

    # -- within ------------------------------------------------------------------

    def _read_more(self) -> None:
        if self._is_paused or self._is_reading or self._on_bytes is None:
            return
        future, self._done = self._done, None
        if future is None:
            try:
                future = _read_from(self._stream)
            except OSError:
                return  # the stream is closed
        self._is_reading = True
        future.add_done_callback(self._on_read)

    def _on_read(self, future: asyncio.Future[bytes]) -> None:
        self._is_reading = False
        if future.cancelled() or future.exception() is not None or self._on_bytes is None:
            return  # the close callback tidies up
        if self._is_paused:
            self._done = future
            return
        try:
            self._on_bytes(future.result())
        finally:
            self._read_more()

    def _notify_closed(self) -> None:
        on_close, self._on_bytes, self._on_close = self._on_close, None, None
        if on_close is not None:
            on_close()


def _read_from(stream: IOStream) -> asyncio.Future[bytes]:
    """Begin a read. Tornado's type is Awaitable, but it is a Future.

    Raises StreamClosedError, or the socket's error, such as SSLError for garbage: an OSError, too, after which Tornado
    has closed the stream.
    """
    return cast("asyncio.Future[bytes]", stream.read_bytes(READ_SIZE, partial=True))
