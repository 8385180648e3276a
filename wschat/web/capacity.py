"""The number of connections that this process can hold: each takes a file descriptor."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from msgspec import Struct

from ..errors import StartError

SPARE = 16  # descriptors beyond those that are open at the start: for Redis, for files, for connections to be rejected
FILES_MOST = 1 << 20  # if the system has no limit
REQUESTS_MOST = 2000  # connections that aren't WebSockets (yet)
REQUESTS_SHARE = 8  # one in this many places is kept for them, so that the page and /health are always served
REQUESTS_LEAST = 4
OPEN_FILES = Path("/dev/fd")  # Linux, macOS, the BSDs


class Capacity(Struct, frozen=True):
    """The part of `open_files` for connections: `total`, of which `sockets` WebSockets and `requests` others."""

    open_files: int
    total: int
    sockets: int
    requests: int


def connection_capacity(sockets: int) -> Capacity:
    """The capacity if `sockets` WebSockets are wanted. Raises the limit on descriptors as far as the system allows.

    A process without free descriptors can't even accept a connection to close it. Raises StartError if hardly any fit.
    """
    limit = _raise_limit()
    total = limit - len(os.listdir(OPEN_FILES)) - SPARE
    kept = min(REQUESTS_MOST, max(REQUESTS_LEAST, total // REQUESTS_SHARE))
    if total < 2 * kept:
        raise StartError(f"The limit on open files, {limit}, leaves no room for connections. Raise it: ulimit -n 1024")
    return Capacity(limit, total, min(sockets, total - kept), min(REQUESTS_MOST, total))


def _raise_limit() -> int:
    """Set the limit on open files as high as possible, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES_MOST if hard == resource.RLIM_INFINITY else hard
    if soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):
            return soft
    return most
