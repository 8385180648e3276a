"""Listening on a Unix socket: a file to which proxies and programs on this machine connect."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StartError, TryAgainLater
from .listener import BACKLOG, ThrottledListener

MODE = 0o660  # the chat's user and group may connect
CONNECT_TIMEOUT = 1.0  # s within which a running server accepts
LOCK_TIMEOUT = 2.0  # s: others lock the folder for as long as they check for a listening server
CHECK_EVERY = 0.02
INHERITED = "WSCHAT_UNIX_FDS"  # environment variable: the supervisor's Unix sockets, in a worker

REASONS = {
    errno.ENOENT: "there is no such folder.\nCreate it, or choose another path: --host",
    errno.ENOTDIR: "there is no such folder.\nCreate it, or choose another path: --host",
    errno.EACCES: "this user may not create it or connect to it.\nChange the rights, or choose another path: --host",
    errno.EROFS: "its file system is read-only.\nChoose another path: --host",
    errno.EADDRINUSE: "another server listens there.\nStop it, or choose another path: --host",
    errno.EEXIST: "it exists, and is no socket.\nRemove it, or choose another path: --host",
}


class UnixListener(ThrottledListener):
    """A listening Unix socket. Its file is removed when it is closed, unless another one has taken its place."""

    _path = ""
    _inode = (0, 0)

    def own(self, path: str) -> None:
        """Remove the socket's file, at `path`, when this listener is closed."""
        self._path = path
        self._inode = _inode(path)

    def close(self) -> None:
        if self._path:
            with suppress(OSError):
                if _inode(self._path) == self._inode:
                    os.unlink(self._path)
            self._path = ""
        super().close()


def listen_at(path: str) -> UnixListener:
    """Listen on a Unix socket at `path`, and replace one that a killed server left behind. Raises StartError."""
    listener = UnixListener(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _locked(Path(path).parent):
            _clear(path)
            with suppress(OSError):  # on Linux nobody else may connect before chmod below, for any umask
                os.fchmod(listener.fileno(), MODE)
            listener.bind(path)
            listener.own(path)
            os.chmod(path, MODE)
            listener.listen(BACKLOG)
    except StartError:
        listener.close()
        raise
    except (OSError, ValueError) as problem:  # ValueError: a path with a NUL
        listener.close()
        reason = REASONS.get(getattr(problem, "errno", None) or 0)
        reason = reason or f"{getattr(problem, 'strerror', None) or problem}.\nChoose another path: --host"
        raise StartError(f"Could not listen on {path}: {reason}") from None
    return listener


def inherited() -> list[UnixListener]:
    """The Unix sockets of a worker's supervisor, from which all workers accept."""
    numbers = os.environ.get(INHERITED, "").split()
    return [UnixListener(fileno=int(number)) for number in numbers]


def _clear(path: str) -> None:
    """Remove a socket on which nothing listens any more. Raises OSError if something else is in its place."""
    try:
        is_socket = stat.S_ISSOCK(os.lstat(path).st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise FileExistsError(errno.EEXIST, "it is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(CONNECT_TIMEOUT)
        try:
            asking.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except (BlockingIOError, TimeoutError):
            pass  # its queue is full: a server is there
    raise OSError(errno.EADDRINUSE, "somebody listens there")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the folder: of two servers that check for a left-over socket at once, one would remove the other's new one.

    Raises OSError, TryAgainLater.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        end = time.monotonic() + LOCK_TIMEOUT
        while not _lock(descriptor):
            if time.monotonic() > end:
                raise TryAgainLater(f"Could not listen on a socket in {folder}: another program has locked the folder.")
            time.sleep(CHECK_EVERY)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _inode(path: str) -> tuple[int, int]:
    found = os.lstat(path)
    return found.st_dev, found.st_ino
