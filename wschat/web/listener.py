"""TCP sockets that the server listens on, and sockets that systemd passes."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from typing import Any

from tornado.netutil import bind_sockets

from ..errors import StartError, TryAgainLater

BACKLOG = 4096  # connections that the kernel queues: everybody comes back at the same moment after a restart
SILENT = 3  # s that the kernel keeps a connection on which nothing has arrived
DEFAULT_PORT, PORT_MAX = 8888, 65535
FIRST_PASSED = 3  # the first file descriptor that systemd passes
PASSED = "WSCHAT_PASSED_FDS"  # environment variable, in a worker: the descriptors that it passed to the supervisor
ACCEPTS_PER_TURN = 8  # connections in one turn of the event loop: 2 ms, in which nobody else is served
TCP = (socket.AF_INET, socket.AF_INET6)
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

logger = logging.getLogger(__name__)


class ThrottledListener(socket.socket):
    """A listening socket that pretends to have no more connections after ACCEPTS_PER_TURN of them.

    Tornado accepts up to 128 in a turn of its loop, and each costs as much as 40 deliveries: a thousand clients that
    come back at once would delay those already connected. The loop calls again in its next turn.
    """

    _taken = 0
    _spare = -1  # a file descriptor to accept with if there is no other left
    _is_exhausted = False

    # Both are read for each connection, and those of `socket` make an enum of a number each time.

    @cached_property
    def family(self) -> socket.AddressFamily:
        return super().family

    @cached_property
    def type(self) -> socket.SocketKind:
        return super().type

    def accept(self) -> tuple[socket.socket, Any]:
        if self._taken == ACCEPTS_PER_TURN:
            self._taken = 0
            raise BlockingIOError
        try:
            accepted = super().accept()
        except OSError as problem:
            self._taken = 0
            if problem.errno not in EXHAUSTED:
                raise
            self._shed(problem)
            raise BlockingIOError from None
        self._taken += 1
        self._is_exhausted = False
        return accepted

    def _shed(self, problem: OSError) -> None:
        """Drop a connection that can't be accepted: while it waits, the event loop would wake for it and spin."""
        if not self._is_exhausted:
            self._is_exhausted = True
            logger.error("Could not accept a connection: %s", problem.strerror)
        self.close_spare()
        with suppress(OSError):
            super().accept()[0].close()
        self.open_spare()

    def open_spare(self) -> None:
        with suppress(OSError):
            self._spare = os.open(os.devnull, os.O_RDONLY)

    def close_spare(self) -> None:
        if self._spare >= 0:
            os.close(self._spare)
            self._spare = -1

    def close(self) -> None:
        self.close_spare()
        super().close()


def passed_sockets() -> list[socket.socket]:
    """The sockets on which systemd listens for this server, if any.

    Raises StartError if one isn't for streams.
    """
    return ready(_passed_socket(number) for number in passed_fds())


def check_passed_sockets() -> None:
    """Check that the server can use the sockets that systemd passed. Raises StartError."""
    for one in passed_sockets():
        one.close()


def passed_fds() -> list[int]:
    """The passed file descriptors: from systemd (sd_listen_fds(3)), or from the supervisor that it passed them to."""
    if PASSED in os.environ:
        return [int(number) for number in os.environ[PASSED].split() if number.isdigit()]
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = os.environ.get("LISTEN_FDS", "")
    return [*range(FIRST_PASSED, FIRST_PASSED + int(count if count.isdigit() else 0))]


def _passed_socket(number: int) -> ThrottledListener:
    """A listener on a copy of a passed file descriptor, which stays open for further calls."""
    try:
        os.set_inheritable(number, False)
        listener = ThrottledListener(fileno=os.dup(number))
    except OSError as problem:
        raise StartError(f"Could not use a socket that systemd passed: {problem.strerror}.") from None
    if listener.family in (*TCP, socket.AF_UNIX) and listener.type == socket.SOCK_STREAM:
        return listener
    listener.close()
    raise StartError("systemd passed a socket that isn't for TCP.\nExpected ListenStream= with a port or a path.")


def listening_sockets(host: str, port: int, *, share: bool = False) -> list[socket.socket]:
    """Sockets that listen on all addresses of `host`; with `share`, other processes may have the same port.

    If the system can (Linux), it passes on a connection only with its first bytes, so a client that connects and sends
    nothing costs nothing here for SILENT seconds.

    Raises StartError with the reason if that is impossible, or TryAgainLater.
    """
    try:
        bound = bind_sockets(port, host, backlog=BACKLOG, reuse_port=share)
    except (OSError, ValueError) as problem:  # ValueError: an impossible host name
        kind = TryAgainLater if getattr(problem, "errno", None) == socket.EAI_AGAIN else StartError
        raise kind(f"Could not listen on port {port} of {host}: {_reason(port, problem)}") from None
    return ready([ThrottledListener(fileno=one.detach()) for one in bound])


def ready(listeners: Iterable[ThrottledListener]) -> list[socket.socket]:
    """The listeners, set up for the server. If one of them can't be made, the others are closed."""
    found: list[socket.socket] = []
    try:
        for listener in listeners:
            found.append(listener)
            listener.setblocking(False)
            if listener.family in TCP:
                _set_up_tcp(listener)
            listener.open_spare()
    except BaseException:
        for one in found:
            one.close()
        raise
    return found


def _set_up_tcp(listener: socket.socket) -> None:
    with suppress(OSError):  # from a passed socket that isn't quite TCP
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each connection inherits it
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT)


def _reason(port: int, problem: Exception) -> str:
    """Why the port can't be listened on, and what to do."""
    number = problem.errno if isinstance(problem, OSError) else None
    if isinstance(problem, socket.gaierror) and number != socket.EAI_NONAME:
        return f"could not look up its address: {problem.strerror}.\nTry --host localhost or --host 0.0.0.0 (for all)"
    if isinstance(problem, (socket.gaierror, ValueError)):
        return "there is no such host.\nExpected localhost, 0.0.0.0 (for all) or an address of this machine: --host"
    if number == errno.EADDRINUSE:
        other = f"another port: --port {port + 1 if port < PORT_MAX else DEFAULT_PORT}"
        return f"it is in use.\nIf the chat is already running, open http://localhost:{port}; or choose {other}"
    if number in (errno.EACCES, errno.EPERM):
        return f"only root may use it.\nChoose another port: --port {DEFAULT_PORT}"
    if number == errno.EADDRNOTAVAIL:
        return "this machine has no such address.\nChoose one that it has, or 0.0.0.0 for all of them: --host"
    return f"{getattr(problem, 'strerror', None) or problem}.\nChoose another port or address: --port, --host"
