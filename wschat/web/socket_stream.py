"""A stream directly on a socket and the event loop, for connections without TLS.

An incoming message is passed on in the same turn of the loop. Tornado's stream makes a future for each read, which
takes another turn, clears 64 KB of memory for it, and then tries in vain to read more (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from tornado.iostream import StreamClosedError

from .readers import Readers
from .streams import READ_SIZE


class SocketStream:
    """A `Stream` on a connected socket, made and used on the event loop, which watches it unless `readers` do."""

    __slots__ = ("_is_paused", "_loop", "_on_bytes", "_on_close", "_readers", "_unsent", "_write_done", "socket")

    def __init__(self, connection: socket.socket, readers: Readers | None = None) -> None:
        self.socket = connection
        connection.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._readers = readers or self._loop
        self._on_bytes: Callable[[bytes], None] | None = None
        self._on_close: Callable[[], None] | None = None
        self._is_paused = False
        self._unsent: bytes | memoryview = b""
        self._write_done: asyncio.Future[None] | None = None

    def closed(self) -> bool:
        return self.socket.fileno() < 0

    def writing(self) -> bool:
        return self._write_done is not None

    def start_reading(self, on_bytes: Callable[[bytes], None], on_close: Callable[[], None]) -> None:
        self._on_bytes, self._on_close = on_bytes, on_close
        if self.closed():
            self._notify_closed()
        else:
            self._readers.add_reader(self.socket.fileno(), self._on_readable)

    def pause_reading(self) -> None:
        if not self._is_paused and not self.closed():
            self._is_paused = True
            self._readers.add_reader(self.socket.fileno(), self._look_for_end)

    def resume_reading(self) -> None:
        if self._is_paused and not self.closed():
            self._is_paused = False
            self._readers.add_reader(self.socket.fileno(), self._on_readable)

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        assert self._write_done is None, "one at a time"
        if self.closed():
            raise StreamClosedError
        self._unsent = data
        self._write_done = done = self._loop.create_future()
        self._on_writable()
        return done

    def close(self) -> None:
        if self.closed():
            return
        self._readers.remove_reader(self.socket.fileno())
        done, self._write_done = self._write_done, None
        if done is not None:
            self._loop.remove_writer(self.socket.fileno())
        self.socket.close()
        self._unsent = b""
        if done is not None and not done.done():
            done.set_exception(StreamClosedError())
            done.exception()  # marks it as retrieved: callers needn't look at it
        self._notify_closed()

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

    def _look_for_end(self) -> None:
        """Close if the peer goes while reading is paused. Once bytes wait, that can't be known until they are read."""
        try:
            data = self.socket.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            self._readers.remove_reader(self.socket.fileno())
        else:
            self.close()

    def _on_writable(self) -> None:
        try:
            sent = self.socket.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(self._unsent):
            self._unsent = memoryview(self._unsent)[sent:]
            self._loop.add_writer(self.socket.fileno(), self._on_writable)
        else:
            self._loop.remove_writer(self.socket.fileno())
            self._unsent = b""
            done, self._write_done = self._write_done, None
            if done is not None and not done.done():
                done.set_result(None)

    def _notify_closed(self) -> None:
        """Call `on_close` in a later turn, so that the caller of `close` can finish first."""
        on_close, self._on_bytes, self._on_close = self._on_close, None, None
        if on_close is not None:
            self._loop.call_soon(on_close)
