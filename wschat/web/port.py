"""The port that people connect to."""

from __future__ import annotations

import socket

from tornado.netutil import bind_sockets

from ..errors import StartError

BACKLOG = 4096  # people who come back in the same moment wait here


def listening_sockets(host: str, port: int, *, share: bool = False) -> list[socket.socket]:
    """Sockets that listen on all addresses of `host`; with `share`, other processes may have the same port.

    Raises StartError when the port can't be had.
    """
    try:
        return bind_sockets(port, host or None, backlog=BACKLOG, reuse_port=share)
    except OSError as problem:
        raise StartError(
            f"Port {port} on {host or 'all addresses'} can't be had ({problem.strerror}).\n"
            f"Perhaps the chat is already running: http://localhost:{port}. Or choose another: --port {port + 1}"
        ) from None
