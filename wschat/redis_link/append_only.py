"""Repairs an append-only file with a damaged end: after a power cut it may end in zeroes, garbage or half a command.

Valkey has a program for that, which isn't in the wheel, and an option (aof-load-truncated), which keeps no copy and can
only repair half a command.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple

MANIFEST = "appendonlydir/appendonly.aof.manifest"
LINE_MAX = 32  # bytes of a line that contains a count or a length
BULK_MAX = 512 << 20  # bytes of one argument, as Redis allows
CHUNK = 1 << 20


class Cut(NamedTuple):
    """The part cut off a file: its size in bytes, and the file that keeps it."""

    file: Path
    bytes: int
    kept: Path


def repair(folder: Path, before: Callable[[], object] = lambda: None) -> list[Cut]:
    """Cut off the unreadable end of the append-only files in `folder`; returns no cuts if all can be read.

    `before` is called before the first cut. Raises OSError if the end can't be kept, or the file can't be written; the
    next call goes on then.
    """
    damaged: list[tuple[Path, int]] = []
    for file in _increments(folder):
        end = 0 if damaged else readable_bytes(file)  # after a gap, commands refer to data that is missing
        if end < file.stat().st_size:
            damaged.append((file, end))
    if damaged:
        before()
    # The first gap is closed last: as long as it is there, what follows it can't be taken for whole.
    return [_cut(file, end, folder) for file, end in reversed(damaged)][::-1]


def readable_bytes(file: Path) -> int:
    """The length of the part that Redis can load: whole commands, and transactions with their end."""
    with file.open("rb") as source:
        good, begin = 0, None
        while (name := _next_command(source)) is not None:
            if name == b"MULTI":
                begin = good if begin is None else begin
            elif name == b"EXEC":
                begin = None
            good = source.tell()
        return good if begin is None else begin


def _increments(folder: Path) -> list[Path]:
    """The files with commands, oldest first, as the manifest lists them."""
    try:
        manifest = (folder / MANIFEST).read_text(encoding="utf-8", errors="replace")
    except OSError:  # the server's own log explains it better
        return []
    names = re.findall(r"^file (\S+) seq \d+ type i$", manifest, re.MULTILINE)
    return [file for name in names if (file := (folder / MANIFEST).with_name(name)).is_file()]


def _next_command(source: IO[bytes]) -> bytes | None:
    """Read one command; return its name in capitals, b"" for a comment, None if there is no complete one."""
    line = source.readline(LINE_MAX)
    if line.startswith(b"#") and line.endswith(b"\n"):
        return b""
    count = _number(line, b"*")
    name = _next_argument(source) if count else None
    if count is None or name is None:
        return None
    is_whole = all(_next_argument(source) is not None for _ in range(count - 1))
    return name.upper() if is_whole else None


def _next_argument(source: IO[bytes]) -> bytes | None:
    """Read one argument; return its first bytes, None if there is no complete one."""
    length = _number(source.readline(LINE_MAX), b"$")
    if length is None or length > BULK_MAX:
        return None
    start = source.read(min(length, LINE_MAX))
    source.seek(length - len(start), os.SEEK_CUR)
    return start if source.read(2) == b"\r\n" else None


def _number(line: bytes, mark: bytes) -> int | None:
    found = re.fullmatch(re.escape(mark) + rb"(\d{1,10})\r\n", line)
    return int(found[1]) if found else None


def _cut(file: Path, end: int, folder: Path) -> Cut:
    """Move the part of `file` after `end` into a file of its own in `folder`."""
    kept = folder / f"{file.name}.{end}.{time.strftime('%Y%m%dT%H%M%S')}.cut"
    length = file.stat().st_size - end
    with file.open("r+b") as source:
        source.seek(end)
        _keep(source, kept)
        source.truncate(end)
        os.fsync(source.fileno())
    return Cut(file, length, kept)


def _keep(source: IO[bytes], kept: Path) -> None:
    """Write the rest of `source` into a new file; if that fails, nothing is left of it."""
    with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        try:
            while chunk := source.read(CHUNK):
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        except OSError:  # a full disk: each attempt would take more of it
            kept.unlink()
            raise
