"""An echo on the project's own WebSocket, for the cases of RFC 6455."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.testing import bind_unused_port
from tornado.web import Application

from wschat.frames import text_frame
from wschat.web.handshake import Handshake, Headers
from wschat.web.websocket import WebSocket

from .raw import Raw


class Echo:
    """A conversation that says everything back."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    def receive(self, payload: bytes) -> None:
        self._socket.send(text_frame(payload))

    def closed(self) -> None:
        pass


@asynccontextmanager
async def echo_connection() -> AsyncIterator[Raw]:
    """A connection to the echo."""

    sockets: list[WebSocket] = []

    def accepted(stream: IOStream, answer: bytes, headers: Headers, address: str) -> None:
        socket = WebSocket(stream, address, time.monotonic)
        sockets.append(socket)
        socket.send(answer)
        socket.talk(Echo(socket))

    server = HTTPServer(Application([(r"/ws", Handshake(accepted, lambda headers, address: None))]))
    listener, port = bind_unused_port()
    server.add_sockets([listener])
    raw = await Raw.connect(port)
    yield raw
    await raw.close()
    for socket in sockets:
        socket.abort()
    server.stop()
    await server.close_all_connections()
