"""The HTTP server of a node: it holds as many connections as fit, and serves their requests in turn."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

from tornado.http1connection import HTTP1Connection, HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream, SSLIOStream
from tornado.netutil import add_accept_handler, ssl_wrap_socket
from tornado.web import Application

from ..session import AddressShares
from .admission import AdmissionControl
from .capacity import Capacity
from .client_address import Proxies, peer_of
from .http_connections import HttpConnections
from .readers import make_readers
from .socket_stream import SocketStream
from .streams import reset
from .turns import Turns

BODY_TIMEOUT = 10.0  # s for a request's body, which isn't used
SEND_BUFFER = 64 << 10  # bytes of answers that the kernel keeps for one connection (it takes that twice)
NEVER = 1e9  # s: HttpConnections limits how long a connection may wait
CONNECTION_COST = 0.0004  # s of processor time that a connection counts as, at least
TLS_COST = 0.003
REQUEST_COST = 0.0005
PAGE_REQUESTS = 64  # a browser asks a proxy (HTTP/2) for all files of a page at once, where it asks us for six

logger = logging.getLogger(__name__)


class LimitedServer(HTTPServer):
    """An HTTP server with limits on its connections, in total and from one peer.

    `fast_path` may take over a new connection, and returns whether it did; requests for `socket_path` become
    WebSockets, which `admission` counts; `shares` bounds the processor time that one address takes.
    """

    def initialize(  # type: ignore[override]  # only called by Tornado, with the constructor's arguments
        self,
        application: Application,
        *,
        fast_path: Callable[[SocketStream, str], bool],
        socket_path: str,
        proxies: Proxies,
        admission: AdmissionControl,
        capacity: Capacity,
        shares: AddressShares,
        **options: Any,
    ) -> None:
        super().initialize(application, idle_connection_timeout=NEVER, body_timeout=BODY_TIMEOUT, **options)
        self.connections = HttpConnections(time.monotonic)
        self._listeners: list[tuple[socket.socket, Callable[[], None]]] = []
        self._fast_path = fast_path
        self.socket_path = socket_path
        self._proxies = proxies
        self._admission = admission
        self._capacity = capacity
        self._shares = shares
        self._turns = Turns()
        self._readers = make_readers()

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Listen on these sockets. A connection gets a Tornado stream, which begins the handshake with TLS, only when
        its turn has come, and if it isn't answered at once.
        """
        for listener in sockets:
            self._listeners.append((listener, add_accept_handler(listener, self._on_connection)))

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        return _Request(self, cast(HTTP1Connection, request_conn), super().start_request(server_conn, request_conn))

    def on_close(self, server_conn: object) -> None:
        """Forget a connection that is closed, or has become a WebSocket."""
        super().on_close(server_conn)
        self.connections.remove(cast(HTTP1ServerConnection, server_conn).stream)

    async def turn(self, connection: HTTP1Connection, headers: HTTPHeaders) -> None:
        """Called when a request's headers have come: returns when it is to be answered, or its connection is closed."""
        stream = connection.stream
        if stream.closed():  # Tornado continues with all requests that it has already read
            return
        peer = peer_of(getattr(connection.context, "address", None))
        limit_key = self._proxies.identify(peer, headers).limit_key
        self.connections.request(stream, limit_key)
        allowed = max(PAGE_REQUESTS, self._admission.limits.per_address)
        if limit_key and self.connections.count(limit_key) > allowed:
            self.connections.drop_oldest(limit_key)  # a proxy connects for everyone, so this wasn't bounded before
        share = self._shares.of(limit_key)
        if share is not None:
            await self._turns.paid(stream, share, REQUEST_COST)
        await self._turns.wait(stream, limit_key)

    def stop(self) -> None:
        """Stop listening. Waiting requests are answered at once, so that they don't delay the end."""
        super().stop()
        for listener, remove_handler in self._listeners:
            remove_handler()
            listener.close()
        self._listeners.clear()
        self._turns.stop()

    def _make_room(self, limit_key: str) -> bool:
        """Whether one more connection is possible. If the server is full, the one that has been quiet for longest is
        dropped for it.
        """
        if limit_key and self.connections.count(limit_key) >= self._admission.limits.per_address:
            return self.connections.drop_oldest(limit_key)
        requests = len(self.connections)
        if requests >= self._capacity.requests or requests + self._admission.total >= self._capacity.total:
            return self.connections.drop_oldest()
        return True

    def _on_connection(self, connection: socket.socket, address: Any) -> None:
        """Set up a new connection when its address's turn comes, if there is room for it."""
        stream = SocketStream(connection, self._readers)
        limit_key = self._proxies.peer_limit_key(peer_of(address))
        if not self._make_room(limit_key):
            reset(stream)
            return
        share, in_turn = self._shares.of(limit_key), partial(self._begin_in_turn, stream, address)
        if share is None:
            in_turn()
        elif not share.run(in_turn):
            self.connections.add(stream, limit_key)

    def _begin_in_turn(self, stream: SocketStream, address: Any) -> float:
        """Set up a connection that may have waited; return its cost in s of processor time."""
        self.connections.remove(stream)
        try:
            return 0.0 if stream.closed() else self._begin(stream, address)  # closed: it was dropped for another
        except Exception:  # a bug: other connections must still be accepted
            logger.exception("Could not set up a connection")
            reset(stream)
            return 0.0

    def _begin(self, stream: SocketStream, address: Any) -> float:
        """Answer a WebSocket's handshake at once; let Tornado read all others. Returns the cost in s."""
        if self.ssl_options is not None:
            return self._begin_tls(stream, address, self.ssl_options)
        if not self._fast_path(stream, peer_of(address)):
            self._serve(IOStream, stream.socket, address)
        return CONNECTION_COST

    def _begin_tls(self, stream: SocketStream, address: Any, options: Any) -> float:
        """Set up a connection whose TLS handshake takes place in the next turns of the loop. Returns the cost in s."""
        try:
            stream.socket.getpeername()  # if this fails, ssl could leave the file descriptor open
            connection = ssl_wrap_socket(stream.socket, options, server_side=True, do_handshake_on_connect=False)
        except OSError:  # its client has reset it
            reset(stream)
            return CONNECTION_COST
        self._serve(SSLIOStream, connection, address)
        return TLS_COST

    def _serve(self, kind: type[IOStream], connection: socket.socket, address: Any) -> None:
        """Let Tornado read the requests on a connection. The time for the first one begins now."""
        stream = kind(connection, max_buffer_size=self.max_buffer_size, read_chunk_size=self.read_chunk_size)
        self.connections.add(stream, self._proxies.peer_limit_key(peer_of(address)))
        super().handle_stream(stream, address)


class _Request(HTTPMessageDelegate):
    """A request that waits for its turn."""

    def __init__(self, server: LimitedServer, connection: HTTP1Connection, delegate: HTTPMessageDelegate) -> None:
        self._server = server
        self._connection = connection
        self._delegate = delegate
        self.data_received = delegate.data_received  # type: ignore[method-assign]
        self.finish = delegate.finish  # type: ignore[method-assign]
        self.on_connection_close = delegate.on_connection_close  # type: ignore[method-assign]

    async def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        assert isinstance(start_line, RequestStartLine)
        await self._server.turn(self._connection, headers)
        stream = self._connection.stream
        if stream.closed():
            raise HTTPInputError("the connection is closed")
        if start_line.path != self._server.socket_path:  # a WebSocket's buffer is the kernel's own choice
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        waiting = self._delegate.headers_received(start_line, headers)
        if waiting is not None:
            await waiting
