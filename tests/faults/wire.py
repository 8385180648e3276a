"""The client's end of a WebSocket, as lean as can be: hundreds of them share one process with the test."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from ..support.frames import CLOSE, PING, PONG, TEXT, frame

HANDSHAKE_TIMEOUT = 10.0


class Wire(asyncio.Protocol):
    """One connection. `heard` is called with each text, `ended` once with the close code (1006: without one)."""

    def __init__(self, heard: Callable[[bytes], None], ended: Callable[[int], None]) -> None:
        self._heard = heard
        self._ended = ended
        self._buffer = bytearray()
        self._code = 1006
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard_at = 0.0
        self.port = 0  # the server's

    @property
    def is_closed(self) -> bool:
        """Whether the server has said that it closes."""
        return self._code != 1006

    # -- what the client does --------------------------------------------------------

    def send(self, text: bytes) -> None:
        self.send_raw(frame(TEXT, text))

    def send_raw(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def deafen(self) -> None:
        """Stop reading, as a browser on a sleeping laptop does."""
        assert self._transport is not None
        self._transport.pause_reading()
        raw: socket.socket = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # else the kernel takes many megabytes

    def listen(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def cut(self) -> None:
        """End the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio.Protocol ------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.port = transport.get_extra_info("peername")[1]

    def data_received(self, data: bytes) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        self._buffer += data
        if not self.opened.done() and not self._read_answer():
            return
        self._read_frames()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the handshake broke off"))
        self._ended(self._code)

    # -- within ----------------------------------------------------------------------

    def _read_answer(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        status = bytes(self._buffer[9:12])
        del self._buffer[: end + 4]
        if status == b"101":
            self.opened.set_result(None)
            return True
        self.opened.set_exception(ConnectionError(f"HTTP {status.decode()}"))
        self.cut()
        return False

    def _read_frames(self) -> None:
        buffer, start = self._buffer, 0
        while len(buffer) - start >= 2:
            size, head = buffer[start + 1] & 0x7F, 2
            if size == 126:
                size, head = int.from_bytes(buffer[start + 2 : start + 4], "big"), 4
            elif size == 127:
                size, head = int.from_bytes(buffer[start + 2 : start + 10], "big"), 10
            if len(buffer) - start < head + size:
                break
            payload = bytes(buffer[start + head : start + head + size])
            self._take(buffer[start] & 0x0F, payload)
            start += head + size
        del buffer[:start]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._heard(payload)
        elif opcode == PING:
            self.send_raw(frame(PONG, payload))
        elif opcode == CLOSE:
            self._code = int.from_bytes(payload[:2], "big") if payload else 1005
            self.send_raw(frame(CLOSE, payload[:2]))
            if self._transport is not None:
                self._transport.close()


async def connect(url: str, heard: Callable[[bytes], None], ended: Callable[[int], None]) -> Wire:
    """An open connection to `ws://host:port/path`. Raises OSError (also for a refused handshake)."""
    place = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(heard, ended), place.hostname or "", place.port or 80)
    wire.send_raw(
        f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    try:
        await asyncio.wait_for(wire.opened, HANDSHAKE_TIMEOUT)
    except (asyncio.TimeoutError, asyncio.CancelledError):
        wire.cut()
        raise
    return wire
