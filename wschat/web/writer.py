"""The sending half of a WebSocket: directly to the kernel if possible, with a bounded queue behind that."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tornado.iostream import StreamClosedError

from ..errors import CloseCode
from ..fan_out import NoSocket
from .buffers import NodeBuffers
from .streams import Stream, reset

if TYPE_CHECKING:
    from _typeshed import HasFileno

ABNORMAL = 1006  # the code, never sent, of a connection that just ended (RFC 6455, 7.1.5)
OWN = 0  # stands for a code of the client's own choice
OUTBOX_MAX = 1 << 20  # bytes waiting for one socket; a client that far behind is dropped, comes back, and catches up
PIECE = 64 << 10  # bytes given to the stream at once: a client that takes one makes progress

logger = logging.getLogger(__name__)


class FrameWriter:
    """Writes whole frames to a stream, in order.

    `write` is the socket's own `send` while nothing waits, so that a fan-out costs little per client, and otherwise
    appends to the outbox. `socket` is that socket, and otherwise NoSocket. `is_open` until the connection is gone.
    """

    __slots__ = (
        "_buffers",
        "_drained",
        "_muted",
        "_outbox",
        "_outbox_size",
        "_stream",
        "_writing",
        "address",
        "close_code",
        "is_open",
        "socket",
        "write",
    )

    def __init__(self, stream: Stream, address: str, buffers: NodeBuffers | None = None) -> None:
        self.address = address
        self.close_code: int = ABNORMAL  # why the connection ended, once it has
        self.is_open = True
        self._stream = stream
        self._buffers = buffers
        self._outbox: list[bytes | memoryview] = []
        self._outbox_size = 0
        self._writing = False
        self._muted = False
        self._drained: asyncio.Event | None = None
        self.write: Callable[[bytes], int]
        self.socket: HasFileno
        self._select_writer()

    def send(self, data: bytes) -> None:
        """Send whole frames: at once if the outbox is empty, otherwise after it."""
        try:
            sent = self.write(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.abort()
            return
        if sent < len(data):
            self._enqueue(memoryview(data)[sent:])

    def abort(self) -> None:
        """End the connection now, and drop the outbox."""
        self._release()
        self._stream.close()

    async def drained(self) -> None:
        """Wait until the outbox is empty, or the connection is gone."""
        if self._writing and self.is_open:
            if self._drained is None:
                self._drained = asyncio.Event()
            await self._drained.wait()

    @property
    def waiting(self) -> int:
        """The bytes that the kernel hasn't taken yet."""
        return self._outbox_size

    def _mute(self) -> None:
        """Drop frames that are sent from now on; the outbox is still sent."""
        self._muted = True
        self._select_writer()

    def _select_writer(self) -> None:
        """Set `write`: nothing may follow a close frame or overtake the outbox, and TLS must process every byte."""
        self.socket = NoSocket
        if self._muted or not self.is_open or self._stream.closed():
            self.write = len  # drops the data, and claims that all was sent
        elif self._writing or isinstance(self._stream.socket, ssl.SSLSocket):
            self.write = self._enqueue
        else:
            self.write = self._stream.socket.send
            self.socket = self._stream.socket

    def _enqueue(self, data: bytes | memoryview) -> int:
        self._outbox.append(data)
        self._outbox_size += len(data)
        if self._outbox_size > OUTBOX_MAX:
            self.drop_unread()
        elif not self._writing:
            self._flush()
        else:
            self._note_size()
        return len(data)

    def drop_unread(self) -> None:
        """End the connection: its client reads too slowly, or too much memory is held."""
        facts = {"address": self.address, "queued_bytes": self._outbox_size}
        logger.info("Closed a connection: slow consumer", extra=facts)
        self.close_code = CloseCode.SLOW_CONSUMER
        self._release()
        reset(self._stream)

    def _flush(self) -> None:
        """Give the outbox to the stream, piece by piece; the stream waits for the socket to take each."""
        while self._outbox and not self._writing:
            piece = self._next_piece()
            try:
                future = self._stream.write(piece)
            except StreamClosedError:
                return
            if future.done():
                self._outbox_size -= len(piece)
            else:
                self._writing = True
                future.add_done_callback(partial(self._written, len(piece)))
        self._select_writer()
        if self._writing:
            self._note_size()

    def _next_piece(self) -> bytes | memoryview:
        """The first PIECE bytes of the outbox, or all of it."""
        size = count = 0
        for data in self._outbox:
            size += len(data)
            count += 1
            if size >= PIECE:
                break
        taken = self._outbox[:count]
        del self._outbox[:count]
        if size > PIECE:
            last = memoryview(taken[-1])
            cut = len(last) - (size - PIECE)
            taken[-1] = last[:cut]
            self._outbox.insert(0, last[cut:])
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def _written(self, size: int, future: asyncio.Future[None]) -> None:
        self._writing = False
        if future.cancelled() or future.exception() is not None:
            self._outbox_size = 0
            self._outbox.clear()
        else:
            self._outbox_size = max(0, self._outbox_size - size)
        self._flush()
        self._note_size(progress=True)
        if not self._writing:
            self._on_drained()

    def _note_size(self, *, progress: bool = False) -> None:
        if self._buffers is not None:
            self._buffers.outgoing.put(self, self._outbox_size, progress=progress)

    def _on_drained(self) -> None:
        """Wake `drained`: the outbox is empty, or the connection is gone."""
        if self._drained is not None:
            self._drained.set()
            self._drained = None

    def _release(self) -> None:
        self.is_open = False
        self._outbox.clear()
        self._outbox_size = 0
        self._note_size()
        self._select_writer()
