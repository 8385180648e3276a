"""The embedded Redis's folder: private to its user, and the locks by which processes share it."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import pwd
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StartError, TryAgainLater
from ..stop import StopSignals

if TYPE_CHECKING:
    import tempfile

REDIS_FOLDER = "redis"  # in the data folder
SOCKET = "redis.sock"
SOCKET_PATH_MAX = 100  # bytes; the kernel's limit is 108, on macOS 104
CHECK_EVERY = 0.005  # s between two attempts to take a lock that another process has
OTHERS = stat.S_IRWXG | stat.S_IRWXO
MAY_PASS = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN)

logger = logging.getLogger(__name__)


class Lock:
    """A lock on a file, which the kernel releases when all processes that inherited the open file have ended."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

    def try_to_take(self, kind: int = fcntl.LOCK_EX) -> bool:
        try:
            fcntl.flock(self.file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self, timeout: float, stop: StopSignals, kind: int = fcntl.LOCK_EX) -> bool:
        """Take the lock as soon as no other process prevents it; False after `timeout` seconds. Raises Stopped."""
        end = time.monotonic() + timeout
        while not self.try_to_take(kind):
            if time.monotonic() > end:
                return False
            stop.sleep(CHECK_EVERY)
        return True

    def drop(self) -> None:
        fcntl.flock(self.file, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self.file)


class Folder:
    """The folder `redis` in the data folder: only its user can access it, regardless of the umask."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.path = data / REDIS_FOLDER
        self._shortcut: tempfile.TemporaryDirectory[str] | None = None

    def prepare(self) -> None:
        """Create the folder, or make sure that nobody else can access it. Raises StartError, TryAgainLater."""
        try:
            self.data.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.data, self.path):
                folder.mkdir(mode=0o700, exist_ok=True)
            self._make_private()
        except OSError as problem:
            raise self.unusable(problem) from None

    def unusable(self, problem: OSError) -> StartError:
        """`problem` as an error whose text says what to do."""
        kind = TryAgainLater if problem.errno in MAY_PASS else StartError
        return kind(
            f"Could not write to the data folder {self.data}: {self._cause(problem)}.\n"
            "Choose another folder with --data, or correct its permissions."
        )

    def _cause(self, problem: OSError) -> str:
        """The cause in words. If something other than a folder is in its place, the system only says that it exists."""
        if not isinstance(problem, FileExistsError):
            return problem.strerror or str(problem)
        leads_nowhere = any(path.is_symlink() and not path.exists() for path in (self.data, self.path))
        return os.strerror(errno.ENOENT if leads_nowhere else errno.ENOTDIR)

    @property
    def socket(self) -> Path:
        """A path to the socket that fits into a socket's address and a URL, for any path of the folder itself."""
        path = self.path / SOCKET
        if len(os.fsencode(path)) <= SOCKET_PATH_MAX and _is_text(path):
            return path
        if self._shortcut is None:
            import tempfile  # takes 5 ms of the start, and is hardly ever needed

            self._shortcut = tempfile.TemporaryDirectory(prefix="wschat-")
            self._shortcut_lock = os.open(self._shortcut.name, os.O_RDONLY)
            fcntl.flock(self._shortcut_lock, fcntl.LOCK_SH)  # so systemd-tmpfiles leaves it alone
            (Path(self._shortcut.name) / "to").symlink_to(self.path)
        return Path(self._shortcut.name) / "to" / SOCKET

    def close(self) -> None:
        if self._shortcut is not None:
            os.close(self._shortcut_lock)
            self._shortcut.cleanup()
            self._shortcut = None

    def _make_private(self) -> None:
        if self.data.stat().st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH:
            logger.warning("The data folder is world-writable; run chmod o-w on it")
        for path in (self.path, *self.path.rglob("*")):
            with suppress(FileNotFoundError):  # a running server's temporary file
                self._take_from_others(path)

    def _take_from_others(self, path: Path) -> None:
        info = path.stat() if path == self.path else path.lstat()
        if info.st_uid != os.geteuid() != 0:
            raise StartError(
                f"{path} belongs to the user {_user(info.st_uid)}.\n"
                "Start the chat as that user, or choose another folder with --data, or give it to yourself with chown."
            )
        if info.st_mode & OTHERS and not stat.S_ISLNK(info.st_mode):
            path.chmod(stat.S_IMODE(info.st_mode) & ~OTHERS)


def act_as_owner(data: Path) -> None:
    """If the process is root's, make it the owner's of the embedded Redis in this data folder, or of the data folder,
    because the server couldn't use files that root created there. Raises StartError.

    The owner may have replaced them by a link to root's files, so root remains root only if neither they nor a link on
    the way to them belong to anybody else.
    """
    owner = _owner_beside_root(data.absolute()) if os.geteuid() == 0 else None
    if owner is None:
        return
    try:
        os.setgroups([])
        os.setgid(_group(owner))
        os.setuid(owner.st_uid)
    except OSError as problem:
        raise StartError(
            f"Could not become the user {_user(owner.st_uid)}, the owner of {data}: {problem.strerror}.\n"
            "Run the command as that user."
        ) from None


def _owner_beside_root(data: Path) -> os.stat_result | None:
    """The first owner other than root of the data, of a link to it, or of the folder in which it would be created; None
    if all belong to root.
    """
    folder = data / REDIS_FOLDER
    looks = [folder.lstat, folder.stat, data.lstat, data.stat]
    looks += [above.lstat for above in data.parents if above.is_symlink()]
    if not data.exists():
        looks.append(next(above for above in data.parents if above.exists()).stat)
    for look in looks:
        with suppress(OSError):
            if (owner := look()).st_uid:
                return owner
    return None


def _group(owner: os.stat_result) -> int:
    """The primary group of the owner: the folder's group may be root's."""
    try:
        return pwd.getpwuid(owner.st_uid).pw_gid
    except KeyError:
        return owner.st_gid


def _is_text(path: Path) -> bool:
    try:
        return bool(str(path).encode())
    except UnicodeEncodeError:
        return False


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
