"""Requests for pages and files, and a connection for them."""

from __future__ import annotations

import asyncio
import socket
import urllib.error
import urllib.request
from email.message import Message

from .client import PATIENCE
from .nodes import Nodes


async def get(
    nodes: Nodes, path: str, method: str = "GET", headers: dict[str, str] | None = None, data: bytes | None = None
) -> tuple[int, Message, bytes]:
    """Status, headers and body. `data`: the body of the request."""
    request = urllib.request.Request(nodes.url() + path, data, headers or {}, method=method)

    def fetch() -> tuple[int, Message, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                return problem.code, problem.headers, problem.read()

    return await asyncio.to_thread(fetch)


class Stream:
    """A connection as HttpConnections sees it."""

    def __init__(self, *, unread: bool = False) -> None:
        self._is_closed = False
        self._unread = unread
        self.socket = socket.socket()

    def writing(self) -> bool:
        return self._unread

    def closed(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        self._is_closed = True
        self.socket.close()
