"""From an HTTP request to a WebSocket (RFC 6455, section 4.2), without Tornado's request handler in between."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable

from tornado.http1connection import HTTP1Connection
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.iostream import IOStream

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3

RETRY_AFTER = 5  # s: when somebody who was turned away with 503 may ask again
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
)

Accepted = Callable[[IOStream, bytes, HTTPHeaders, str], None]
"""Called with the stream, the answer that is to be sent first, the request's headers and the peer's address."""

Refusal = Callable[[HTTPHeaders, str], "tuple[int, str] | None"]
"""Says why a request is turned away (HTTP status and sentence), or None."""


class Handshake(HTTPServerConnectionDelegate):
    """The target of the route `/ws`."""

    def __init__(self, accepted: Accepted, refusal: Refusal) -> None:
        self._accepted = accepted
        self._refusal = refusal

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        assert isinstance(request_conn, HTTP1Connection)  # what Tornado's HTTP server makes
        return _Request(self._accepted, self._refusal, request_conn)

    def on_close(self, server_conn: object) -> None:
        pass


class _Request(HTTPMessageDelegate):
    def __init__(self, accepted: Accepted, refusal: Refusal, connection: HTTP1Connection) -> None:
        self._accepted = accepted
        self._refusal = refusal
        self._connection = connection
        self._headers = HTTPHeaders()
        self._method = ""

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        assert isinstance(start_line, RequestStartLine)
        self._method = start_line.method
        self._headers = headers

    def finish(self) -> None:
        address = str(getattr(self._connection.context, "remote_ip", ""))
        problem = _not_a_handshake(self._method, self._headers) or self._refusal(self._headers, address)
        if problem is not None:
            self._turn_away(*problem)
            return
        # Written past Tornado's HTTP connection, which would wrap these few bytes in futures: 60 µs of a join.
        answer = SWITCHING % accept_value(self._headers["Sec-WebSocket-Key"]).encode()
        self._accepted(self._connection.detach(), answer, self._headers, address)

    def _turn_away(self, status: int, reason: str) -> None:
        body = (reason + "\n").encode()
        headers = HTTPHeaders({"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)),
                               "Connection": "close", "X-Content-Type-Options": "nosniff"})  # fmt: skip
        if status == 426:
            headers["Sec-WebSocket-Version"] = "13"
        if status == 503:
            headers["Retry-After"] = str(RETRY_AFTER)
        written = self._connection.write_headers(ResponseStartLine("HTTP/1.1", status, ""), headers, body)
        self._connection.finish()
        written.add_done_callback(lambda _: self._connection.close())


def accept_value(key: str) -> str:
    """Sec-WebSocket-Accept for a client's key."""
    return base64.b64encode(hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()).decode()


def _not_a_handshake(method: str, headers: HTTPHeaders) -> tuple[int, str] | None:
    if method != "GET":
        return 405, "GET only"
    if headers.get("Upgrade", "").lower() != "websocket" or "upgrade" not in headers.get("Connection", "").lower():
        return 426, "This address speaks WebSocket; the chat's page is at /"
    if headers.get("Sec-WebSocket-Version") != "13":
        return 426, "WebSocket version 13 is spoken here"
    try:
        valid = len(base64.b64decode(headers.get("Sec-WebSocket-Key", ""), validate=True)) == 16
    except (binascii.Error, ValueError):
        valid = False
    return None if valid else (400, "Sec-WebSocket-Key must be 16 bytes in base64")
