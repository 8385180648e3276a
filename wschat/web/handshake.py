"""Turns an HTTP request into a WebSocket (RFC 6455, section 4.2), without Tornado's request handler.

Most handshakes look alike and have arrived completely by the time their connection is accepted. llhttp reads these, and
they are answered at once. All others take the long path, through Tornado's HTTP server, under the same rules
(docs/decisions/0014).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
import socket
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from tornado.http1connection import HTTP1Connection
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import StreamClosedError

from .client_address import peer_of
from .socket_stream import SocketStream
from .streams import Stream, reset
from .tornado_stream import TornadoStream, take_over

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3

REJECTED_TIMEOUT = 5.0  # s in which a rejected client may read why
RETRY_AFTER = 5  # s after which a client that was rejected with 503 may try again
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
)

PEEKED = 4 << 10  # bytes: a longer request takes the long path
PATH = "/ws"
_REQUEST_LINE = b"GET %s HTTP/1.1\r\n"
_KEY = re.compile("[A-Za-z0-9+/]{22}==")  # 16 bytes in base64
_WITH_BODY = frozenset({"content-length", "transfer-encoding", "expect"})

logger = logging.getLogger(__name__)

Headers = Mapping[str, str]
"""A request's headers; look them up in lower case."""


class Rejection(NamedTuple):
    """Why a handshake fails: an HTTP status, and a sentence for a person."""

    status: int
    reason: str


NO_UPGRADE = Rejection(426, "This is a WebSocket endpoint")

Accept = Callable[[Stream, bytes, Headers, str], "Rejection | None"]
"""Called with the stream, the answer to send first, the request's headers and the peer's address.

It takes over the stream, or returns why not."""


class Handshake(HTTPServerConnectionDelegate):
    """The target of the route `/ws`, whose path is `path`."""

    def __init__(self, accept: Accept, base: str = "") -> None:
        self.path = base + PATH
        self._accept = accept
        self._page = f"; the chat's page is at {base}/"
        self._hinted = False

    def fast_path(self, stream: SocketStream, peer: str) -> bool:
        """Answer the handshake that has arrived on a new connection. False: there is none, or none that is complete
        and usual; then nothing was read from the socket.
        """
        try:
            request = stream.socket.recv(PEEKED, socket.MSG_PEEK)
        except OSError:
            return False
        headers = plain_handshake(request, self.path)
        if headers is None:
            return False
        stream.socket.recv(len(request))
        self.answer(stream, headers, peer)
        return True

    def answer(self, stream: Stream, headers: Headers, peer: str) -> None:
        """Accept or reject a handshake with these headers."""
        answer = SWITCHING % accept_value(headers["sec-websocket-key"]).encode()
        rejection = self._accept(stream, answer, headers, peer)
        if rejection is not None:
            reject(stream, rejection)

    def reject_request(self, stream: Stream, problem: Rejection, peer: str) -> None:
        """Reject a request that isn't a handshake."""
        if problem is NO_UPGRADE:
            self._hint_at_proxy(peer)
            problem = problem._replace(reason=problem.reason + self._page)
        reject(stream, problem)

    def _hint_at_proxy(self, peer: str) -> None:
        """Log once that a request asked for no upgrade: behind a proxy that drops the header, nobody can join."""
        if not self._hinted:
            self._hinted = True
            logger.warning(
                "A request to /ws asked for no WebSocket; a proxy must forward Upgrade and Connection",
                extra={"address": peer},
            )

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        assert isinstance(request_conn, HTTP1Connection)  # what Tornado's HTTP server makes
        return _HandshakeRequest(self, request_conn)

    def on_close(self, server_conn: object) -> None:
        pass


class _HandshakeRequest(HTTPMessageDelegate):
    def __init__(self, handshake: Handshake, connection: HTTP1Connection) -> None:
        self._handshake = handshake
        self._connection = connection
        self._headers = HTTPHeaders()
        self._method = ""

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        assert isinstance(start_line, RequestStartLine)
        self._method = start_line.method
        self._headers = headers

    def finish(self) -> None:
        problem = _not_a_handshake(self._method, self._headers)
        peer = peer_of(getattr(self._connection.context, "address", None))
        # The answer bypasses Tornado's HTTP connection, which would wrap these few bytes in futures: 60 µs of a join.
        stream = self._connection.detach()
        if problem is not None:  # nothing is read before the answer: the client may have closed its sending half
            self._handshake.reject_request(TornadoStream(stream), problem, peer)
        else:
            self._handshake.answer(take_over(stream), self._headers, peer)


class _Fields:
    """Collects the headers that llhttp reads: it calls `on_header` with the name and the value of each."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] = {}
        self.on_header = self.headers.__setitem__  # no function of ours, which would cost as much as reading a header


def plain_handshake(request: bytes, path: str = PATH) -> dict[str, str] | None:
    """The headers, in lower case, of a handshake at `path` that is complete and has nothing unusual in it, or None.

    Checked in addition to llhttp's rules: it has exactly this request line, each further line is a header of its own,
    no header comes twice, no body follows, and not one byte comes after its end.
    """
    if not request.startswith(_REQUEST_LINE % path.encode()):
        return None
    fields = _Fields()
    try:
        HttpRequestParser(fields).feed_data(request)
    except HttpParserUpgrade as upgrade:
        (end,) = upgrade.args
    except HttpParserError:
        return None
    else:
        return None  # it is incomplete, or asks for no upgrade
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1").strip(" \t") for name, value in fields.headers.items()
    }
    if end != len(request) or len(headers) != request.count(b"\r\n") - 2 or not _WITH_BODY.isdisjoint(headers):
        return None
    return None if "host" not in headers or _not_a_handshake("GET", headers) else headers


def reject(stream: Stream, rejection: Rejection) -> None:
    """Answer with the rejection, and close the connection."""
    status, reason = rejection
    body = (reason + "\n").encode()
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", "Content-Type: text/plain; charset=utf-8",
             f"Content-Length: {len(body)}", "Connection: close", "X-Content-Type-Options: nosniff"]  # fmt: skip
    if status == 426:
        lines.append("Sec-WebSocket-Version: 13")
    if status == 503:
        lines.append(f"Retry-After: {RETRY_AFTER}")
    try:
        written = stream.write("\r\n".join([*lines, "", ""]).encode() + body)
    except StreamClosedError:
        return
    timeout = asyncio.get_running_loop().call_later(REJECTED_TIMEOUT, reset, stream)

    def close(_: object) -> None:
        timeout.cancel()
        stream.close()

    written.add_done_callback(close)


def accept_value(key: str) -> str:
    """The value of Sec-WebSocket-Accept for a client's key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()).decode()


def _not_a_handshake(method: str, headers: Headers) -> Rejection | None:
    if method != "GET":
        return Rejection(405, "Method not allowed; use GET")
    if headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in headers.get("connection", "").lower():
        return NO_UPGRADE
    if headers.get("sec-websocket-version") != "13":
        return Rejection(426, "Only WebSocket version 13 is supported")
    if _KEY.fullmatch(headers.get("sec-websocket-key", "")):
        return None
    return Rejection(400, "Sec-WebSocket-Key must be 16 bytes in base64")
