"""One end of a WebSocket in the process of the test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from tornado.iostream import IOStream

from wschat.limits import UNLIMITED, Rate
from wschat.web.buffers import NodeBuffers
from wschat.web.readers import make_readers
from wschat.web.socket_stream import SocketStream
from wschat.web.streams import Stream
from wschat.web.tornado_stream import TornadoStream
from wschat.web.websocket import WebSocket

from .client import PATIENCE


class RecordingConversation:
    """Keeps what the server gets over the socket, and how often it was told that the connection is gone."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.gone = 0

    def receive(self, payload: bytes) -> None:
        self.received.append(payload)

    def closed(self) -> None:
        self.gone += 1


def make_tornado_stream(connection: socket.socket) -> Stream:
    return TornadoStream(IOStream(connection))


def make_socket_stream(connection: socket.socket) -> Stream:
    """As the server makes it for a new connection; one without `readers` is watched by the event loop."""
    return SocketStream(connection, make_readers())


STREAMS: dict[str, Callable[[socket.socket], Stream]] = {
    "socket": make_socket_stream,
    "socket on the loop": SocketStream,
    "Tornado": make_tornado_stream,
}


class Line:
    """A WebSocket on one end of a pair of sockets; the test holds the other."""

    def __init__(self, frames: Rate = UNLIMITED, stream: str = "socket") -> None:
        self.buffers = NodeBuffers.of(lambda: self.now)
        here, self.far = socket.socketpair()
        here.setblocking(False)
        self.far.setblocking(False)
        self.now = 0.0
        self.conversation = RecordingConversation()
        self.socket = WebSocket(STREAMS[stream](here), "test", lambda: self.now, frames, buffers=self.buffers)
        self.socket.talk(self.conversation)

    async def says(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.far, data)

    async def hears(self, size: int = 65536) -> bytes:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.far, size), PATIENCE)
