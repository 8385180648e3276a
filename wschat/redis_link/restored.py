"""Notices that the embedded Redis's data was restored from a copy.

Clients may have read further than the copy goes, and would take new messages for ones that they have seen: so every
room begins a new epoch. A file beside the append-only folder is the mark: Redis stores its inode and the time of its
last change, which no copy has. Each start and stop makes a new mark, so that an older append-only file, restored alone,
names a mark that no longer exists.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from redis.exceptions import ResponseError

from .keys import ALL_METAS, SCANNED
from .probe import NO_ANSWER, Probe

KEY = "wschat:data"
PREFIX = "mark-"
TEXT = "By this file the chat notices that its data was restored from a copy. See docs/operations.md.\n"

logger = logging.getLogger(__name__)


def is_restored(redis: Probe, folder: Path) -> bool:
    """Whether the data in Redis name another mark than the folder has. Data without a mark have never been marked."""
    stored = redis.execute("GET", KEY)
    if not isinstance(stored, bytes):
        return False
    identity = stored.decode(errors="replace")
    return identity != _identity(folder, identity.partition(" ")[0])


def make_mark(redis: Probe, folder: Path) -> None:
    """Make a new mark in the folder and in Redis. If either can't be written (a full disk, say), the old one stays."""
    name = PREFIX + token_hex(8)
    try:
        with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as mark:
            mark.write(TEXT)
        redis.execute("SET", KEY, _identity(folder, name))
    except NO_ANSWER as problem:
        logger.debug("Could not mark the data: %s", problem)
        with suppress(OSError):
            (folder / name).unlink()
        return
    for old in folder.glob(f"{PREFIX}*"):
        if old.name != name:
            old.unlink(missing_ok=True)


def forget_marks(folder: Path) -> None:
    """Make data that are marked count as restored at the next look."""
    for mark in folder.glob(f"{PREFIX}*"):
        mark.unlink(missing_ok=True)


def begin_epochs(redis: Probe) -> None:
    """Make each room begin a new epoch when it is read next. Keys of another type are skipped.

    Raises an exception of NO_ANSWER.
    """
    cursor = None
    while cursor != 0:
        cursor, keys = redis.execute("SCAN", cursor or 0, "MATCH", ALL_METAS, "COUNT", SCANNED)
        for key in keys:
            try:
                redis.execute("HDEL", key, "epoch")
            except ResponseError as problem:
                if "WRONGTYPE" not in str(problem):
                    raise
                logger.warning("Skipped a key of the wrong type", extra={"key": key.decode(errors="replace")})


def _identity(folder: Path, name: str) -> str:
    """The mark's name, inode and time of change, and the append-only folder's inode; "" if there is no mark."""
    try:
        mark, files = (folder / name).stat(), (folder / "appendonlydir").stat()
    except (OSError, ValueError):
        return ""
    return f"{name} {mark.st_ino} {mark.st_ctime_ns} {files.st_ino}"
