"""The port that people connect to."""

from __future__ import annotations

import socket
from typing import Any

from tornado.netutil import bind_sockets

from ..errors import StartError

BACKLOG = 4096  # people who come back in the same moment wait here
SILENT = 3  # s that the system keeps a connection to itself until something is said on it
AT_ONCE = 8  # newcomers in one turn of the event loop: 2 ms of it, in which nobody else is served


class GentleListener(socket.socket):
    """A listening socket that hands out AT_ONCE connections, then says that there are no more until it is asked again.

    Tornado accepts up to 128 in a turn of its loop, and each costs as much as 40 deliveries: a thousand who come
    back at once would hold up those who are there.
    """

    _taken = 0

    def accept(self) -> tuple[socket.socket, Any]:
        if self._taken == AT_ONCE:
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

    Where the system can (Linux), a connection comes together with its request, which is then answered at once; those
    who connect and say nothing cost nothing here.

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
    return [GentleListener(fileno=one.detach()) for one in bound]
