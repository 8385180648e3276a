"""The node's network edge: its settings, its parts, and its life cycle."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from tornado.httputil import HTTPServerRequest

from ..concurrency import repeat, spawn
from ..counters import Counters
from ..errors import StartError
from ..limits import UNLIMITED, Rate
from ..session import AddressLimits, AddressShares, Services, Session
from .acceptor import Acceptor
from .admission import AdmissionControl, AdmissionLimits
from .capacity import Capacity, connection_capacity
from .client_address import Proxies, peer_of
from .client_connections import ClientConnections
from .handshake import Handshake
from .headers import security_headers
from .health import Health
from .heartbeat import TICK_EVERY, Heartbeat
from .hook_handler import HookServices
from .http_connections import HttpConnections
from .http_server import LimitedServer
from .listener import passed_sockets
from .listeners import Places, open_listeners, places_of
from .observing import Observing
from .origins import Origins
from .picture_traffic import PictureServices, PictureTraffic
from .routes import application, observer_rules_for
from .site_files import Site
from .tls import server_context
from .websocket import WebSocket

FEW_SOCKETS = 1000  # fewer are worth a warning
SWEEP_EVERY = 1.0  # s between two sweeps of connections whose time is over
# Bytes; only hooks and uploads take a body, and set limits of their own. A request that waits reads one more chunk than
# its headers may have.
HTTP_LIMITS = {"max_header_size": 16 << 10, "max_body_size": 4 << 10, "chunk_size": 16 << 10}

logger = logging.getLogger(__name__)


class EdgeSettings(Struct, frozen=True):
    hosts: Sequence[str]
    port: int
    root: Path
    lang: str
    share_port: bool = False  # with the other worker processes of this server
    base: str = ""  # path that all addresses begin with: "/chat"
    origins: Sequence[str] = ()
    trusted_proxies: Sequence[str] = ()
    frame_ancestors: str = "'self'"
    tls: tuple[Path, Path] | None = None  # certificate (with its chain) and key, in PEM
    hsts: bool = True
    limits: AdmissionLimits = field(default_factory=AdmissionLimits)
    frames: Rate = UNLIMITED
    asks_password: bool = False  # the page asks newcomers for it along with their name
    address: AddressLimits | None = None
    observers: bool = True  # programs may read rooms over HTTP
    badges: bool = False  # rooms have a badge with the number of people online
    bundles: bool = True  # False: the page's modules are served one by one


class Edge:
    """Serves the page and accepts WebSockets, from `listen` to `stop_listening`.

    Raises StartError if the settings can't be used.
    """

    def __init__(
        self,
        settings: EdgeSettings,
        health: Health,
        hooks: HookServices,
        pictures: PictureServices,
        counters: Counters,
    ) -> None:
        self.site = Site(
            settings.root, settings.lang, settings.base, asks_password=settings.asks_password, bundles=settings.bundles
        )
        self.places: Places  # since `listen`
        self._settings = settings
        self._health = health
        self._hooks = hooks
        self._tls = server_context(*settings.tls) if settings.tls else None
        self._proxies = _proxies(settings.trusted_proxies)
        self._origins = Origins(settings.origins)
        self._traffic = PictureTraffic(pictures, self._origins, self._limit_key, lambda: self.http_connections)
        self._admission = AdmissionControl(settings.limits, time.monotonic)
        self._shares = AddressShares(settings.address)
        self._heartbeat = Heartbeat(time.monotonic)
        self._connections = ClientConnections(self._admission, self._heartbeat, counters)
        self._serving: _Serving | None = None

    @property
    def sessions(self) -> Mapping[WebSocket, Session]:
        """The sessions of all open WebSockets, including those without a `hello` yet."""
        return self._connections.sessions

    @property
    def event_stream_count(self) -> int:
        """The number of programs that follow a room's events."""
        return self._serving.observing.stream_count if self._serving is not None else 0

    @property
    def port(self) -> int:
        """The port that the edge listens on."""
        return self.places.port

    @property
    def outbox_bytes(self) -> int:
        """The bytes that wait for clients to read them."""
        return self._connections.buffers.outgoing.total

    @property
    def http_connections(self) -> HttpConnections:
        """The open connections that aren't WebSockets (yet)."""
        assert self._serving is not None
        return self._serving.server.connections

    def listen(self, services: Services) -> None:
        """Begin to listen, and set `places`. Raises StartError."""
        settings = self._settings
        capacity = self._capacity()
        sockets = passed_sockets() or open_listeners(settings.hosts, settings.port, share=settings.share_port)
        self.places = places_of(sockets)
        acceptor = Acceptor(
            services,
            self._connections,
            self._admission,
            self._origins,
            self._proxies,
            self._shares,
            settings.frames,
        )
        observing = Observing(
            services, acceptor, self._shares, self._admission, self._connections.buffers, settings.base
        )
        server = self._server(Handshake(acceptor, settings.base), capacity, observing)
        server.add_sockets(sockets)
        turns = [
            repeat(self._heartbeat.tick, TICK_EVERY),
            repeat(server.connections.sweep, SWEEP_EVERY),
            repeat(self._connections.buffers.sweep, SWEEP_EVERY),
        ]
        self._serving = _Serving(acceptor, observing, server, [spawn(turn) for turn in turns])

    def reload_certificate(self) -> None:
        """Use the certificate that the files contain now for new connections.

        Raises StartError, and keeps the former one then.
        """
        files = self._settings.tls
        if files is not None:
            # A new context: one keeps a certificate for each kind of key, and would go on to serve the former kind.
            self._tls = server_context(*files)
            if self._serving is not None:
                self._serving.server.ssl_options = self._tls

    def stop_listening(self) -> None:
        """Close the port, and reject handshakes on connections that are open already."""
        if self._serving is not None:
            self._serving.acceptor.drain()
            self._serving.server.stop()
            for task in self._serving.tasks:
                task.cancel()

    async def close_all(self, code: int, reason: str, spread: float) -> None:
        """Close every WebSocket and event stream, at a random moment within `spread` seconds, and wait until all are
        gone.
        """
        closing = [self._connections.close_all(code, reason, spread)]
        if self._serving is not None:
            closing.append(self._serving.observing.close_all(code, spread))
        await asyncio.gather(*closing)
        if self._serving is not None:
            await self._serving.server.close_all_connections()
            self.http_connections.close()

    def _server(self, handshake: Handshake, capacity: Capacity, observing: Observing) -> LimitedServer:
        settings = self._settings
        headers = security_headers(settings.frame_ancestors)
        hsts = self._tls is not None and settings.hsts
        rules = observer_rules_for(observing, settings.base, reads=settings.observers, badges=settings.badges)
        options: dict[str, Any] = {**HTTP_LIMITS, "ssl_options": self._tls}
        return LimitedServer(
            application(
                handshake, self.site, self._health, self._hooks, self._traffic, headers, hsts, self._charge, rules
            ),
            fast_path=handshake.fast_path,
            socket_path=handshake.path,
            proxies=self._proxies,
            admission=self._admission,
            capacity=capacity,
            shares=self._shares,
            **options,
        )

    def _charge(self, request: HTTPServerRequest, size: int, seconds: float) -> None:
        """Charge the requesting address for a file that was sent to it, or a body that came from it."""
        share = self._shares.of(self._limit_key(request))
        if share is not None:
            share.spend_answer(size)
            share.spend(seconds)

    def _limit_key(self, request: HTTPServerRequest) -> str:
        peer = peer_of(getattr(getattr(request.connection, "context", None), "address", None))
        return self._proxies.identify(peer, request.headers).limit_key

    def _capacity(self) -> Capacity:
        """The number of connections that fit, now that all other file descriptors are open. Raises StartError."""
        wanted = self._settings.limits
        capacity = connection_capacity(wanted.sockets)
        self._admission.limits = wanted.within(capacity.sockets)
        if capacity.sockets < wanted.sockets:
            facts = {"open_files": capacity.open_files, "sockets": wanted.sockets}
            fitting = capacity.sockets
            level = logging.WARNING if fitting < FEW_SOCKETS else logging.INFO
            logger.log(level, "Only %d people fit; raise the limit on open files (ulimit -n)", fitting, extra=facts)
        return capacity


class _Serving(Struct, frozen=True):
    """Everything that exists only while the port is open."""

    acceptor: Acceptor
    observing: Observing
    server: LimitedServer
    tasks: list[asyncio.Task[None]]


def check_settings(settings: EdgeSettings, *, listen: bool = True) -> None:
    """Check, as far as possible beforehand, that an Edge can use these settings and listen there. Raises StartError."""
    _proxies(settings.trusted_proxies)
    if settings.tls:
        server_context(*settings.tls)
    for one in (passed_sockets() or open_listeners(settings.hosts, settings.port)) if listen else ():
        one.close()


def _proxies(trusted: Sequence[str]) -> Proxies:
    try:
        return Proxies(trusted)
    except ValueError as problem:
        expected = "expected addresses or networks, such as 127.0.0.1, 10.0.0.0/8"
        raise StartError(f"--trusted-proxy: {problem}; {expected}") from None
