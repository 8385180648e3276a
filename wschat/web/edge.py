"""The node's network edge: routes, the listening sockets, and the WebSockets accepted on them."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tornado.iostream import IOStream
from tornado.web import Application

from ..errors import StartError
from ..rate_limit import UNLIMITED, Rate
from ..session import Services, Session
from .addresses import Proxies, rate_limit_key
from .admission import AdmissionControl, AdmissionLimits, LimitedServer
from .handshake import Handshake, Headers
from .headers import security_headers
from .heartbeat import HELLO_TIMEOUT, RETRY_TIMEOUT, Heartbeat
from .listener import listening_sockets
from .origins import Origins
from .static_site import HealthPage, IndexPage, NotFound, RootFile, Site, StaticPage
from .websocket import WebSocket

HEADER_MAX = 16 << 10  # bytes
BODY_MAX = 4 << 10  # nothing here takes a body
HANDSHAKE_TIMEOUT = 10.0  # s for a request's headers, and for the next request on an open connection
ROOT_FILES = {"/sw.js": "js/sw.js", "/manifest.webmanifest": "manifest.webmanifest", "/favicon.ico": "img/icon.svg"}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EdgeSettings:
    host: str
    port: int
    root: Path
    lang: str
    share_port: bool = False  # with the other worker processes of this server
    origins: Sequence[str] = ()
    trusted_proxies: Sequence[str] = ()
    frame_ancestors: str = "'self'"
    tls: tuple[Path, Path] | None = None  # certificate (with its chain) and key, in PEM
    limits: AdmissionLimits = field(default_factory=AdmissionLimits)
    frames: Rate = UNLIMITED


class Edge:
    """Accepts people, and lets them go again."""

    def __init__(self, settings: EdgeSettings, status: Callable[[], dict[str, Any]]) -> None:
        self._settings = settings
        self.site = Site(settings.root, settings.lang)
        self.sessions: dict[WebSocket, Session] = {}
        self._services: Services | None = None
        self._origins = Origins(settings.origins)
        self._proxies = _proxies(settings.trusted_proxies)
        self._told_of_proxy = False
        self._admission = AdmissionControl(settings.limits, time.monotonic)
        self._handshake = Handshake(self._accepted, self._refusal)
        self._server = LimitedServer(
            self._application(status),
            fast_path=self._handshake.fast_path,
            limit_key=self._peer_limit_key,
            per_peer=settings.limits.per_address,
            sockets=lambda: self._admission.total,
            ssl_options=_tls(*settings.tls) if settings.tls else None,
            idle_connection_timeout=HANDSHAKE_TIMEOUT,
            body_timeout=HANDSHAKE_TIMEOUT,
            max_header_size=HEADER_MAX,
            max_body_size=BODY_MAX,
        )
        self._heartbeat = Heartbeat(lambda: list(self.sessions), self._hello_timeout, time.monotonic)
        self._beating: asyncio.Task[None] | None = None
        self._draining = False

    def listen(self, services: Services) -> None:
        """Listen on the port. Raises StartError."""
        self._services = services
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
            loop.call_later(random.uniform(0, spread), socket.close, code, reason)  # noqa: S311  no secret
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
                (r"/ws", self._handshake),
                (r"/(?:r/[^/]{1,1024})?", IndexPage, site),
                (r"/static/([0-9a-f]{12})/(.+)", StaticPage, site),
                (r"/static/()(.+)", StaticPage, site),
                (r"/health", HealthPage, {**site, "status": status}),
                *((path, RootFile, {**site, "name": name}) for path, name in ROOT_FILES.items()),
            ],
            default_handler_class=NotFound,
            default_handler_args=site,
            log_function=lambda handler: None,
            headers=security_headers(self._settings.frame_ancestors, tls=self._settings.tls is not None),
        )

    def _refusal(self, headers: Headers, peer: str) -> tuple[int, str] | None:
        if self._draining or self._services is None:
            return 503, "The server is restarting"
        origin = headers.get("origin")
        if not self._origins.allows(origin, headers.get("host", "")):
            logger.warning("Rejected a connection from another origin", extra={"origin": str(origin)[:200]})
            return 403, "Origin not allowed"
        address = self._limit_key(self._client(peer, headers))
        problem = self._admission.refuses(address)
        if problem is not None:
            logger.warning("Rejected a connection: %s", problem, extra={"address": address})
            return 503, problem.capitalize()
        return None

    def _accepted(self, stream: IOStream, answer: bytes, headers: Headers, peer: str) -> None:
        assert self._services is not None  # set by listen()
        client = self._client(peer, headers)
        limit_key = self._limit_key(client)
        socket = WebSocket(stream, client, time.monotonic, self._settings.frames)
        session = Session(self._services, socket, rate_limit_key(client), limit_key)
        self.sessions[socket] = session
        self._admission.enter(limit_key)
        socket.send(answer)
        socket.talk(_Guest(self, socket, session, limit_key))

    def left(self, socket: WebSocket, limit_key: str) -> None:
        """A socket is gone that was counted under this address."""
        self.sessions.pop(socket, None)
        self._admission.leave(limit_key)

    def _client(self, peer: str, headers: Headers) -> str:
        forwarded = headers.get("x-forwarded-for", "")
        if forwarded and not self._told_of_proxy and not self._proxies.trusts(peer):
            self._told_of_proxy = True
            logger.warning("Ignoring X-Forwarded-For: its peer isn't in --trusted-proxy", extra={"address": peer})
        return self._proxies.client(peer, forwarded)

    def _limit_key(self, client: str) -> str:
        """The client's address as limits count it, or "" where they don't apply."""
        return "" if self._proxies.exempt(client) else rate_limit_key(client)

    def _peer_limit_key(self, peer: str) -> str:
        """The same for whoever opened a connection; a proxy opens them for everyone."""
        return "" if self._proxies.exempt(peer) or self._proxies.trusts(peer) else rate_limit_key(peer)

    def _hello_timeout(self, socket: WebSocket) -> float:
        session = self.sessions.get(socket)
        if session is None or session.said_hello:
            return float("inf")
        return RETRY_TIMEOUT if session.was_refused else HELLO_TIMEOUT


class _Guest:
    """A session that takes itself off the list when its connection ends."""

    __slots__ = ("_edge", "_limit_key", "_session", "_socket", "receive")

    def __init__(self, edge: Edge, socket: WebSocket, session: Session, limit_key: str) -> None:
        self._edge = edge
        self._socket = socket
        self._session = session
        self._limit_key = limit_key
        self.receive = session.receive

    def closed(self) -> None:
        self._edge.left(self._socket, self._limit_key)
        self._session.closed()


def _proxies(trusted: Sequence[str]) -> Proxies:
    try:
        return Proxies(trusted)
    except ValueError as problem:
        expected = "expected addresses or networks, such as 127.0.0.1, 10.0.0.0/8"
        raise StartError(f"--trusted-proxy: {problem}; {expected}") from None


def _tls(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)  # TLS 1.2 and newer
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as problem:
        both = f"the certificate {certificate} and its key {key}"
        raise StartError(f"Could not load {both}: {problem}.") from None
    return context
