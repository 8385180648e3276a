"""Folders and files that only the server's user can read, whatever the umask."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

_FOLDER, _FILE = 0o700, 0o600


def make_private_folder(path: Path) -> None:
    """Create the folder, or make sure that nobody else can access it. Raises OSError."""
    path.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    path.mkdir(mode=_FOLDER, exist_ok=True)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & ~_FOLDER:
        path.chmod(mode & _FOLDER)


def create_private_file(path: Path) -> BinaryIO:
    """A new file, open for writing. Raises FileExistsError, OSError."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _FILE), "wb")
