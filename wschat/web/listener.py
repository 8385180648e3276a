"""The sockets that the server listens on."""

from __future__ import annotations

import socket
from typing import Any

from tornado.netutil import bind_sockets

from ..errors import StartError

BACKLOG = 4096  # connections that the kernel holds for us: everybody comes back in the same moment after a restart
SILENT = 3  # s that the kernel keeps a connection on which nothing has arrived
ACCEPTS_PER_TURN = 8  # connections in one turn of the event loop: 2 ms, in which nobody else is served


class ThrottledListener(socket.socket):
    """A listening socket that pretends to be drained after ACCEPTS_PER_TURN connections.

    Tornado accepts up to 128 in a turn of its loop, and each costs as much as 40 deliveries: a thousand clients that
    come back at once would hold up those already connected. The loop calls again in its next turn.
    """

    _taken = 0

    def accept(self) -> tuple[socket.socket, Any]:
        if self._taken == ACCEPTS_PER_TURN:
            self._taken = 0
            raise BlockingIOError
        try:
            accepted = super().accept()
        except BlockingIOError:
            self._taken = 0
            raise
        self._taken += 1
        return accepted


def listening_sockets(host: str, port: int, *, share: bool = False) -> list[socket.socket]:
    """Sockets that listen on all addresses of `host`; with `share`, other processes may have the same port.

    Where the system can (Linux), it hands out a connection together with its first bytes, so a client that connects
    and sends nothing costs nothing here for SILENT seconds.

    Raises StartError when the port can't be had.
    """
    try:
        bound = bind_sockets(port, host or None, backlog=BACKLOG, reuse_port=share)
    except OSError as problem:
        raise StartError(
            f"Could not listen on port {port} of {host or 'all addresses'}: {problem.strerror}.\n"
            f"If the chat is already running, open http://localhost:{port}; or choose another port: --port {port + 1}"
        ) from None
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        for one in bound:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT)
    return [ThrottledListener(fileno=one.detach()) for one in bound]
