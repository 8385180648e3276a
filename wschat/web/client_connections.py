"""The WebSockets of this node, each with its session, from the end of the handshake to the last byte."""

from __future__ import annotations

import asyncio
import random
import time

from ..counters import Counters
from ..errors import CloseCode
from ..session import Session
from .admission import AdmissionControl
from .buffers import NodeBuffers
from .heartbeat import Heartbeat
from .websocket import WebSocket
from .writer import OWN

CLOSE_MARGIN = 2.0  # s after the last close frame until connections without an answer are dropped
CHECK_EVERY = 0.02  # s
SILENT_AFTER = 2.0  # s without a hello after which a connection loses its place to a new one, if the node is full


class ClientConnections:
    """Counts each connection, watches it, and forgets it when it ends."""

    def __init__(self, admission: AdmissionControl, heartbeat: Heartbeat, counters: Counters) -> None:
        self._counters = counters
        self._admission = admission
        self._heartbeat = heartbeat
        self.buffers = NodeBuffers.of(time.monotonic)
        self.sessions: dict[WebSocket, Session] = {}
        self._greeting: dict[WebSocket, Session] = {}  # had sent no hello at the last look, in order of arrival

    def add(self, socket: WebSocket, session: Session, limit_key: str) -> None:
        """Pass the client's frames to a session. `limit_key` is the address for which the connection counts."""
        self.sessions[socket] = self._greeting[socket] = session
        self._admission.enter(limit_key)
        self._counters.opened += 1
        self._heartbeat.add(socket, session)
        socket.talk(_Conversation(self, socket, session, limit_key))

    def remove(self, socket: WebSocket, limit_key: str) -> None:
        """Forget a connection that is gone."""
        del self.sessions[socket]
        self._greeting.pop(socket, None)
        self._admission.leave(limit_key)
        self._counters.closed["other" if socket.close_code == OWN else str(socket.close_code)] += 1
        self._heartbeat.remove(socket)

    def drop_silent(self) -> None:
        """Drop the oldest connection without a `hello`, if it is older than SILENT_AFTER."""
        while self._greeting:
            socket, session = next(iter(self._greeting.items()))
            if session.said_hello:
                del self._greeting[socket]
            elif socket.age < SILENT_AFTER:
                return
            else:
                socket.close(CloseCode.HELLO_TIMEOUT, "hello timeout")
                socket.drop()
                return

    async def close_all(self, code: int, reason: str, spread: float) -> None:
        """Close every WebSocket, at a random moment within `spread` seconds, and wait until all are gone."""
        loop = asyncio.get_running_loop()
        for socket in list(self.sessions):
            loop.call_later(random.uniform(0, spread), socket.close, code, reason)  # noqa: S311  no secret
        end = loop.time() + spread + CLOSE_MARGIN
        while self.sessions and loop.time() < end:
            await asyncio.sleep(CHECK_EVERY)
        for socket in list(self.sessions):
            socket.abort()


class _Conversation:
    """A session on a socket; it is removed from the connections when its own ends."""

    __slots__ = ("_connections", "_limit_key", "_session", "_socket", "receive")

    def __init__(self, connections: ClientConnections, socket: WebSocket, session: Session, limit_key: str) -> None:
        self._connections = connections
        self._socket = socket
        self._session = session
        self._limit_key = limit_key
        self.receive = session.receive

    def closed(self) -> None:
        self._connections.remove(self._socket, self._limit_key)
        self._session.closed()
