"""The node's door: routes, the listening sockets, and the WebSockets behind it."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders
from tornado.iostream import IOStream
from tornado.web import Application

from ..session import Rooms, Session
from .handshake import Handshake, same_origin
from .heartbeat import Heartbeat
from .pages import HealthPage, IndexPage, NotFound, RootFile, Site, StaticPage
from .port import listening_sockets
from .websocket import WebSocket

HEADER_MAX = 16 << 10  # bytes
BODY_MAX = 4 << 10  # nothing here takes a body
HANDSHAKE_TIMEOUT = 10.0  # s for a request's headers, and for the next request on an open connection
ROOT_FILES = {"/sw.js": "js/sw.js", "/manifest.webmanifest": "manifest.webmanifest", "/favicon.ico": "img/icon.svg"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EdgeSettings:
    host: str
    port: int
    root: Path
    lang: str
    share_port: bool = False  # with the other worker processes of this server


class Edge:
    """Accepts people, and lets them go again."""

    def __init__(self, settings: EdgeSettings, status: Callable[[], dict[str, Any]]) -> None:
        self._settings = settings
        self.site = Site(settings.root, settings.lang)
        self.sessions: dict[WebSocket, Session] = {}
        self._rooms: Rooms | None = None
        self._server = HTTPServer(
            self._application(status),
            idle_connection_timeout=HANDSHAKE_TIMEOUT,
            body_timeout=HANDSHAKE_TIMEOUT,
            max_header_size=HEADER_MAX,
            max_body_size=BODY_MAX,
        )
        self._heartbeat = Heartbeat(lambda: list(self.sessions), self._has_said_hello, time.monotonic)
        self._beating: asyncio.Task[None] | None = None
        self._draining = False

    def listen(self, rooms: Rooms) -> None:
        """Open the door. Raises StartError."""
        self._rooms = rooms
        sockets = listening_sockets(self._settings.host, self._settings.port, share=self._settings.share_port)
        self.port = sockets[0].getsockname()[1]
        self._server.add_sockets(sockets)
        self._beating = asyncio.ensure_future(self._heartbeat.run())

    def stop_listening(self) -> None:
        self._draining = True
        self._server.stop()
        if self._beating is not None:
            self._beating.cancel()

    async def close_all(self, code: int, reason: str, spread: float) -> None:
        """Close every WebSocket, at a random moment within `spread` seconds, and wait until all are gone."""
        loop = asyncio.get_running_loop()
        for socket in list(self.sessions):
            loop.call_later(random.uniform(0, spread), socket.close, code, reason)  # noqa: S311: no secret
        end = loop.time() + spread + 2.0
        while self.sessions and loop.time() < end:
            await asyncio.sleep(0.02)
        for socket in list(self.sessions):
            socket.abort()
        await self._server.close_all_connections()

    # -- within ----------------------------------------------------------------------

    def _application(self, status: Callable[[], dict[str, Any]]) -> Application:
        site = {"site": self.site}
        return Application(
            [
                (r"/ws", Handshake(self._accepted, self._refusal)),
                (r"/(?:r/[^/]{1,256})?", IndexPage, site),
                (r"/static/([0-9a-f]{12})/(.+)", StaticPage, site),
                (r"/static/()(.+)", StaticPage, site),
                (r"/health", HealthPage, {"status": status}),
                *((path, RootFile, {**site, "name": name}) for path, name in ROOT_FILES.items()),
            ],
            default_handler_class=NotFound,
            default_handler_args=site,
            log_function=lambda handler: None,
        )

    def _refusal(self, headers: HTTPHeaders, address: str) -> tuple[int, str] | None:
        if self._draining or self._rooms is None:
            return 503, "The chat is restarting"
        if not same_origin(headers):
            log.warning("a page of another origin was turned away: %s", headers.get("Origin", "")[:200])
            return 403, "Pages of other sites may not connect"
        return None

    def _accepted(self, stream: IOStream, answer: bytes, headers: HTTPHeaders, address: str) -> None:
        assert self._rooms is not None  # set by listen()
        socket = WebSocket(stream, address, time.monotonic)
        session = Session(self._rooms, socket)
        self.sessions[socket] = session
        socket.send(answer)
        socket.talk(_Guest(self, socket, session))

    def _has_said_hello(self, socket: WebSocket) -> bool:
        session = self.sessions.get(socket)
        return session is None or session.said_hello


class _Guest:
    """A session that takes itself off the list when its connection ends."""

    __slots__ = ("_edge", "_session", "_socket", "receive")

    def __init__(self, edge: Edge, socket: WebSocket, session: Session) -> None:
        self._edge = edge
        self._socket = socket
        self._session = session
        self.receive = session.receive

    def closed(self) -> None:
        self._edge.sessions.pop(self._socket, None)
        self._session.closed()
