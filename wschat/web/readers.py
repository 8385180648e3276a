"""Which sockets can be read: one epoll for all WebSockets, which the event loop watches as a single file.

The event loop takes several objects and a dozen calls to watch a socket, and more of them for each event. Here a socket
costs an entry in a dictionary (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import Protocol

EVENTS_MAX = 64  # sockets that are read in one turn of the loop; the others follow in the next one


class Readers(Protocol):
    """Calls a function whenever a file descriptor can be read. An event loop does, too."""

    def add_reader(self, fd: int, callback: Callable[[], None], /) -> None:
        """Watch a descriptor from now on; a `callback` that was set before is replaced."""

    def remove_reader(self, fd: int, /) -> object:
        """Watch a descriptor no longer, if it was; to be called before it is closed."""


class EpollReaders:
    """`Readers` on an epoll of their own, which lives as long as the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._loop.add_reader(self._epoll.fileno(), self._call_back)

    def add_reader(self, fd: int, callback: Callable[[], None], /) -> None:
        if fd not in self._callbacks:
            self._epoll.register(fd, select.EPOLLIN)
        self._callbacks[fd] = callback

    def remove_reader(self, fd: int, /) -> None:
        if self._callbacks.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def _call_back(self) -> None:
        """Call the functions of the sockets that can be read. If one fails, it is logged, as the loop does, and the
        others are still called: its bytes may be unread, and it would be the first again in the next turn.
        """
        callbacks = self._callbacks
        for fd, _ in self._epoll.poll(0, EVENTS_MAX):
            callback = callbacks.get(fd)
            if callback is not None:  # another one may have closed the socket just now
                try:
                    callback()
                except Exception as problem:
                    self._loop.call_exception_handler({"message": f"Exception in {callback}", "exception": problem})


def make_readers() -> Readers:
    """The cheapest `Readers` that this system has, for the running event loop."""
    return EpollReaders() if hasattr(select, "epoll") else asyncio.get_running_loop()
