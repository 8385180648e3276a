"""A stream straight on a socket and the event loop, for connections without TLS.

A message that comes in is handed on in the same turn of the loop. Tornado's stream makes a future for each read, which
takes another turn, clears 64 KB of memory for it, and then asks the socket in vain whether there is more: a fifth of
what a post cost that came alone.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from tornado.iostream import StreamClosedError

from .streams import READ_SIZE


class SocketStream:
    """The `Stream` of a connected socket. To be made and used on the event loop."""

    __slots__ = ("_is_paused", "_loop", "_on_bytes", "_on_close", "_rest", "_written", "socket")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        connection.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_close: Callable[[], None] | None = None
        self._is_paused = False
        self._rest: bytes | memoryview = b""  # of what is being written
        self._written: asyncio.Future[None] | None = None

    def closed(self) -> bool:
        return self.socket.fileno() < 0

    def writing(self) -> bool:
        return self._written is not None

    def read(self, on_bytes: Callable[[bytes], None], on_close: Callable[[], None]) -> None:
        self._on_bytes, self._on_close = on_bytes, on_close
        if self.closed():
            self._tell_end()
        else:
            self._loop.add_reader(self.socket.fileno(), self._on_readable)

    def pause(self) -> None:
        if not self._is_paused and not self.closed():
            self._is_paused = self._loop.remove_reader(self.socket.fileno())

    def resume(self) -> None:
        if self._is_paused and not self.closed():
            self._is_paused = False
            self._loop.add_reader(self.socket.fileno(), self._on_readable)

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        if self.closed():
            raise StreamClosedError
        self._rest = data
        self._written = written = self._loop.create_future()
        self._on_writable()
        return written

    def close(self) -> None:
        if self.closed():
            return
        self._loop.remove_reader(self.socket.fileno())
        self._loop.remove_writer(self.socket.fileno())
        self.socket.close()
        self._rest = b""
        written, self._written = self._written, None
        if written is not None and not written.done():
            written.set_exception(StreamClosedError())
            written.exception()  # nobody has to ask for it
        self._tell_end()

    # -- within ------------------------------------------------------------------

    def _on_readable(self) -> None:
        try:
            data = self.socket.recv(READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data and self._on_bytes is not None:
            self._on_bytes(data)
        elif not data:
            self.close()

    def _on_writable(self) -> None:
        try:
            sent = self.socket.send(self._rest)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(self._rest):
            self._rest = memoryview(self._rest)[sent:]
            self._loop.add_writer(self.socket.fileno(), self._on_writable)
        else:
            self._loop.remove_writer(self.socket.fileno())
            self._rest = b""
            written, self._written = self._written, None
            if written is not None and not written.done():
                written.set_result(None)

    def _tell_end(self) -> None:
        """Later: whoever closes the stream goes on with what it is at."""
        on_close, self._on_bytes, self._on_close = self._on_close, None, None
        if on_close is not None:
            self._loop.call_soon(on_close)
