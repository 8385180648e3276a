"""The Redis that comes with the chat: a Valkey server on a Unix socket, with its append-only file on.

Several chats may use one data folder (a second server, worker processes): each holds a shared lock on `users.lock`
for as long as it lives, and the last of them to exit stops the server. A lock ends with its
process, even when that is killed, so no clean-up is needed: a server left behind by a killed chat
is found by the next one and taken over. The server itself holds `server.lock` in the same way: while it lives, even if
it doesn't answer (frozen, or still loading), no second server is started, which would ruin their common file.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from ..errors import StartError, Stopped, TryAgainLater
from ..stop import StopSignals
from .folder import Folder, Lock
from .probe import Probe
from .server_process import ServerProcess, valkey_binary

TURN = 60.0  # s that a process waits while others start or stop the server
LAST_TURN = 10.0  # s that a process waits for its turn when it exits
DYING = 2.0  # s that the kernel may take to release the locks of a killed parent, on a very busy machine

logger = logging.getLogger(__name__)


class _Shared(Struct, frozen=True):
    """State shared between processes: the lock, the list of users, and the server."""

    start: Lock
    users: Lock
    server: ServerProcess

    @classmethod
    def open(cls, folder: Folder, client: Probe, stop: StopSignals) -> _Shared:
        server = ServerProcess(folder, client, stop)
        return cls(Lock(folder.path / "start.lock"), Lock(folder.path / "users.lock"), server)

    def is_last(self, patience: float) -> bool:
        """Whether no other process uses the server. Processes that are exiting may still hold the lock for up to
        `patience` seconds.
        """
        return self.users.take(patience, StopSignals())

    def close(self) -> None:
        """Release all locks, the turn last: by then the next process must not count this one among the users."""
        for one in (self.users, self.server, self.start):
            one.close()


class EmbeddedRedis:
    """The embedded server of one data folder, shared by all processes that use it. `stop` interrupts a start."""

    def __init__(self, data: Path, stop: StopSignals | None = None) -> None:
        try:
            self._folder = Folder(data.absolute())
        except OSError as problem:  # the working directory was deleted
            raise StartError(f"Could not find the data folder {data}: {problem.strerror}.") from None
        self._stop = stop or StopSignals()
        self._thread = threading.Lock()  # a lock on a file keeps out other processes, but no thread of this one
        self._shared: _Shared | None = None
        # The probe's connection stays open: once the folder is deleted, no other can be made.
        self._client = Probe(self.url)

    @property
    def folder(self) -> Path:
        return self._folder.path

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._folder.socket))}"

    def start(self) -> None:
        """Find the folder's server or start it. Raises StartError, TryAgainLater, Stopped."""
        try:
            binary = valkey_binary()
            self._folder.prepare()
            self._shared = _Shared.open(self._folder, self._client, self._stop)
            self._join(self._shared, binary)
        except OSError as problem:
            self.release()
            raise self._folder.unusable(problem) from None
        except BaseException:  # a half-started server must not stay
            self.release()
            raise

    async def restart(self) -> None:
        """Start the server again if it has died."""
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._start_again)
        except (StartError, OSError) as problem:  # too little memory for a process, say: the next attempt may succeed
            logger.error("Could not restart the embedded Redis, will retry: %s", problem)

    def release(self) -> None:
        """Stop using the server; the last process to do so stops it and waits for its end."""
        is_orphan = self._stop.is_orphan()
        self._stop.request()  # no restart now
        with self._thread:
            shared, self._shared = self._shared, None
            if shared is None:
                self._close()
                return
            if not self.folder.exists():
                logger.error("The data folder was deleted while the chat was running; its messages are lost")
            try:
                shared.users.drop()  # at once: the process that has the turn need not wait for this one
                # A process that holds the lock for longer is starting the server, and stops it later.
                if shared.start.take(LAST_TURN, StopSignals()) and shared.is_last(DYING if is_orphan else 0.0):
                    shared.server.end()
            finally:
                shared.close()
                self._close()

    # -- within ----------------------------------------------------------------

    def _close(self) -> None:
        self._client.close()
        self._folder.close()

    def _join(self, shared: _Shared, binary: Path) -> None:
        for lock, kind in ((shared.start, fcntl.LOCK_EX), (shared.users, fcntl.LOCK_SH)):
            if not lock.take(TURN, self._stop, kind):
                raise TryAgainLater(f"Another process is still starting or stopping the Redis in {self.folder}.")
        if shared.server.is_alive():
            shared.server.wait()
        else:
            shared.server.launch(binary)
        shared.start.drop()

    def _start_again(self) -> None:
        with suppress(Stopped), self._thread:
            shared = self._shared
            if shared is None or not shared.start.take(TURN, self._stop):
                return
            try:
                if not shared.server.is_alive():
                    self._stop.check()  # the chat is ending
                    logger.warning("Embedded Redis exited unexpectedly; restarting it")
                    shared.server.launch(valkey_binary())
            finally:
                shared.start.drop()
