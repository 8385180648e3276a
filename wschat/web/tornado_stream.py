"""A stream of Tornado's, for TLS and for connections on which Tornado has read the handshake."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from tornado.iostream import IOStream, StreamClosedError

from .streams import READ_SIZE


class TornadoStream:
    """The `Stream` of an `IOStream`, or of an `SSLIOStream` after its handshake."""

    __slots__ = ("_is_paused", "_on_bytes", "_stream", "socket")

    def __init__(self, stream: IOStream) -> None:
        self._stream = stream
        self.socket: socket.socket = stream.socket
        self._on_bytes: Callable[[bytes], None] | None = None
        self._is_paused = False

    def closed(self) -> bool:
        return self._stream.closed()

    def writing(self) -> bool:
        return self._stream.writing()

    def read(self, on_bytes: Callable[[bytes], None], on_close: Callable[[], None]) -> None:
        self._on_bytes = on_bytes
        self._read_more()
        # After the first read: a stream that isn't being read asks the event loop to watch it for the close alone.
        self._stream.set_close_callback(on_close)
        if self._stream.closed():  # before the callback was set
            on_close()

    def pause(self) -> None:
        self._is_paused = True

    def resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._read_more()

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        return self._stream.write(data)

    def close(self) -> None:
        self._stream.close()

    # -- within ------------------------------------------------------------------

    def _read_more(self) -> None:
        try:
            # Tornado promises an Awaitable; it is a Future.
            future = cast("asyncio.Future[bytes]", self._stream.read_bytes(READ_SIZE, partial=True))
        except StreamClosedError:
            return
        future.add_done_callback(self._on_read)

    def _on_read(self, future: asyncio.Future[bytes]) -> None:
        if future.cancelled() or future.exception() is not None or self._on_bytes is None:
            return  # the close callback tidies up
        try:
            self._on_bytes(future.result())
        finally:
            if not self._is_paused:
                self._read_more()
