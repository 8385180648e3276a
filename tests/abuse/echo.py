"""An echo on the project's own WebSocket: for the cases of RFC 6455 here, and for conformance suites from outside.

`python -m tests.abuse.echo [PORT]` serves it at ws://127.0.0.1:PORT/ws until it is interrupted.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.web import Application

from wschat.fan_out import Opcode, frame, text_frame
from wschat.web.handshake import Handshake, Headers
from wschat.web.listener import listening_sockets
from wschat.web.socket_stream import SocketStream
from wschat.web.streams import Stream
from wschat.web.websocket import WebSocket

from .raw import Raw

HOST = "127.0.0.1"
PORT = 9001


class Echo:
    """A conversation that sends every text back."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    def receive(self, payload: bytes) -> None:
        self._socket.send(text_frame(payload))

    def closed(self) -> None:
        pass


class BinaryEcho(WebSocket):
    """A WebSocket that sends binary messages back too: the chat's own refuses them."""

    __slots__ = ()

    def _receive_binary(self, payload: bytes) -> None:
        self.send(frame(Opcode.BINARY, payload))


async def serve_echo(port: int) -> None:
    """Echo text and binary messages at ws://127.0.0.1:<port>/ws until the task is cancelled."""
    async with _echo(BinaryEcho, port):
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def echo_connection() -> AsyncIterator[Raw]:
    """A connection to an echo on the very class that the chat uses."""
    async with _echo(WebSocket, 0) as port:
        raw = await Raw.connect(port)
        yield raw
        await raw.close()


class _Server(HTTPServer):
    """Answers most handshakes at once, as the chat does."""

    fast_path: Callable[[SocketStream, str], bool]

    def handle_stream(self, stream: IOStream, address: Any) -> None:
        if not self.fast_path(SocketStream(stream.socket), HOST):
            super().handle_stream(stream, address)


@contextlib.asynccontextmanager
async def _echo(kind: type[WebSocket], port: int) -> AsyncIterator[int]:
    sockets: list[WebSocket] = []

    def accepted(stream: Stream, answer: bytes, headers: Headers, peer: str) -> None:
        socket = kind(stream, peer, time.monotonic)
        sockets.append(socket)
        socket.send(answer)
        socket.talk(Echo(socket))

    handshake = Handshake(accepted)
    server = _Server(Application([(r"/ws", handshake)]))
    server.fast_path = handshake.fast_path
    listeners = listening_sockets(HOST, port)
    server.add_sockets(listeners)
    try:
        yield listeners[0].getsockname()[1]
    finally:
        server.stop()
        for socket in sockets:
            socket.abort()
        await server.close_all_connections()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve_echo(int(sys.argv[1]) if sys.argv[1:] else PORT))
