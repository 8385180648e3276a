"""Finds where a node's pictures are kept: `--pictures auto | off | a folder | s3://…`.

All nodes of one Redis must have the same pictures. So a folder has a random id in a file, and Redis has it, too: a node
with another folder finds another id there.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
from contextlib import suppress
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ..config import PICTURES_AUTO, PICTURES_OFF, S3_SCHEME, Settings
from ..errors import RedisRejected, RedisWriteRefused, StartError
from ..files import create_private_file, make_private_folder
from ..redis_link import PICTURES_KEY, Call, RedisLink, RedisSource

FOLDER = "pictures"  # in the data folder
ID_FILE = ".id"
ID_BYTES = 16

logger = logging.getLogger(__name__)


async def find_picture_place(settings: Settings, source: RedisSource, link: RedisLink) -> str:
    """The path of a folder, or an `s3://` URL; "" if the chat takes none. Raises StartError, RedisUnavailable."""
    if settings.pictures == PICTURES_AUTO:
        return await _automatic(settings, source, link)
    if settings.pictures != PICTURES_OFF:
        try:
            await _check(settings.pictures, link)
        except StartError as problem:
            raise StartError(f"{settings.source('pictures')}: {problem}") from None
    return "" if settings.pictures == PICTURES_OFF else settings.pictures


def is_local(url: str) -> bool:
    """Whether this URL of a Redis is of one on this machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss"):  # of a set or cluster, any server may be elsewhere
        return parts.scheme == "unix"
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


# -- within --------------------------------------------------------------------


async def _automatic(settings: Settings, source: RedisSource, link: RedisLink) -> str:
    """The folder in the data folder, if other nodes can't be on other machines, and if it can be used."""
    folder = str(settings.data / FOLDER)
    try:
        if source.embedded:  # it is in the same data folder
            _check_installed("PIL", "Pillow")
            _check_no_file(folder)
            return folder
        if is_local(source.url):
            await _check(folder, link)
            return folder
    except (StartError, RedisRejected) as problem:  # this Redis user may not read the key
        logger.warning("Takes no pictures: %s", " ".join(str(problem).split("\n")))
    return ""


async def _check(place: str, link: RedisLink) -> None:
    """Check that pictures can be kept there. Raises StartError, RedisUnavailable."""
    _check_installed("PIL", "Pillow")
    if place.startswith(S3_SCHEME):
        _check_installed("obstore", "obstore")
        return
    folder = Path(place)
    try:
        own = _id_of(folder)
    except OSError as problem:
        raise _unusable(place, problem.strerror or str(problem)) from None
    if await _agreed(own, link) != own:
        raise StartError(
            f"The other servers of this chat keep their pictures in another folder than {folder}.\n"
            "Give all of them the same one, or a bucket (s3://bucket). "
            f"If the other folder is gone for good, delete the key {PICTURES_KEY} in Redis."
        )


def _check_no_file(folder: str) -> None:
    """The folder itself is made with the first picture."""
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise _unusable(folder, os.strerror(errno.ENOTDIR))


def _unusable(folder: str, reason: str) -> StartError:
    return StartError(f"Could not write to the folder {folder}: {reason}.")


def _check_installed(module: str, package: str) -> None:
    if find_spec(module) is None:
        raise StartError(f"{package} isn't installed: pip install -r requirements.txt")


def _id_of(folder: Path) -> bytes:
    """The id of a folder, which is created if need be. Raises OSError."""
    make_private_folder(folder)
    file = folder / ID_FILE
    with suppress(FileNotFoundError):
        if found := file.read_bytes().strip():
            return found
    fresh = folder / f"{ID_FILE}.{secrets.token_hex(8)}"
    with create_private_file(fresh) as out:
        out.write(secrets.token_hex(ID_BYTES).encode())
    try:
        with suppress(FileExistsError):  # another process was faster
            os.link(fresh, file)
    finally:
        fresh.unlink()
    return file.read_bytes().strip()


async def _agreed(own: bytes, link: RedisLink) -> bytes:
    """The id of the folder that all nodes use: the first one's. Raises RedisUnavailable."""
    with suppress(RedisWriteRefused):  # a full Redis, for one: the next start stores it
        await link.execute(Call.command("SET", PICTURES_KEY, own, "NX"))
    found: bytes | None = await link.execute(Call.command("GET", PICTURES_KEY))
    return found or own
