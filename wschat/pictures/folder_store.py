"""Keeps pictures in files, which only the server's user can read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from ..files import create_private_file, make_private_folder
from .store import PART, PICTURE_ID, SUFFIX, Part, StoredPicture

T = TypeVar("T")

THREADS = 4  # own ones: a file system that hangs must not hold up anything else that needs a thread
TRIES = 3
FREE_LEAST = 1 << 30  # bytes to leave on the disk: without any, the embedded Redis would stop, too
FREE_SHARE = 0.05  # of the disk to leave,
FREE_MOST = 10 << 30  # but no more bytes than this
BEGINS = "."  # the name of a file that isn't whole yet; also of .id (app/picture_place.py)


class FolderStore:
    """The pictures in `path`: a folder for each room. Everything that waits for the disk runs in threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_closed = False
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pictures")

    async def put(self, folder: str, picture: str, data: bytes) -> None:
        await self._run(lambda: self._put(folder, picture, data))

    async def get(self, folder: str, picture: str, start: int = 0) -> Part | None:
        return await self._run(lambda: self._get(folder, picture, start))

    async def delete(self, folder: str, pictures: Iterable[str]) -> None:
        files = [self._file(folder, picture) for picture in pictures]
        await self._run(lambda: _delete(files))

    async def has_space(self) -> bool:
        return await self._run(self._has_space)

    async def folders(self) -> list[str]:
        return await self._run(self._folders)

    async def pictures_in(self, folder: str) -> list[StoredPicture]:
        return await self._run(lambda: self._pictures_in(folder))

    async def tidy(self, folder: str, before: float) -> None:
        await self._run(lambda: self._tidy(folder, before))

    async def close(self) -> None:
        self._is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)

    # -- within: in threads --------------------------------------------------------

    async def _run(self, work: Callable[[], T]) -> T:
        if self._is_closed:
            raise OSError("the server is stopping")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _folder(self, folder: str) -> Path:
        """The path of a room's folder, whose name is in UTF-8 in any locale."""
        return self._path / os.fsdecode(folder.encode())

    def _file(self, folder: str, picture: str) -> Path:
        return self._folder(folder) / f"{picture}{SUFFIX}"

    def _put(self, folder: str, picture: str, data: bytes) -> None:
        for tries_left in reversed(range(TRIES)):
            try:
                self._write(folder, picture, data)
            except FileNotFoundError:  # a sweep found the folder empty, and deleted it
                if not tries_left:
                    raise
            else:
                return

    def _write(self, folder: str, picture: str, data: bytes) -> None:
        make_private_folder(self._path)
        place, file = self._folder(folder), self._file(folder, picture)
        make_private_folder(place)
        unfinished = place / f"{BEGINS}{picture}"
        try:
            with create_private_file(unfinished) as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            unfinished.rename(file)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        for folder_changed in (place, self._path):
            _sync(folder_changed)

    def _get(self, folder: str, picture: str, start: int) -> Part | None:
        with suppress(FileNotFoundError), self._file(folder, picture).open("rb", buffering=0) as file:
            file.seek(start)
            return Part(file.read(PART), os.fstat(file.fileno()).st_size)
        return None

    def _has_space(self) -> bool:
        place = next(one for one in (self._path, *self._path.parents) if one.exists())
        disk = os.statvfs(place)
        needed = max(FREE_LEAST, min(FREE_MOST, disk.f_frsize * disk.f_blocks * FREE_SHARE))
        return disk.f_frsize * disk.f_bavail >= needed

    def _folders(self) -> list[str]:
        with suppress(FileNotFoundError), os.scandir(self._path) as entries:
            names = [os.fsencode(entry.name) for entry in entries if entry.is_dir(follow_symlinks=False)]
            return [name.decode(errors="replace") for name in names]
        return []

    def _pictures_in(self, folder: str) -> list[StoredPicture]:
        return [
            StoredPicture(name.removesuffix(SUFFIX), written)
            for name, written in self._files(folder)
            if name.endswith(SUFFIX) and not name.startswith(BEGINS)
        ]

    def _tidy(self, folder: str, before: float) -> None:
        for name, written in self._files(folder):
            if name.startswith(BEGINS) and PICTURE_ID.fullmatch(name, len(BEGINS)) and written < before:
                (self._folder(folder) / name).unlink(missing_ok=True)
        with suppress(OSError):  # it isn't empty, or gone
            self._folder(folder).rmdir()

    def _files(self, folder: str) -> list[tuple[str, float]]:
        """(name, time of the last write) of each file in a folder."""
        found = []
        with suppress(FileNotFoundError), os.scandir(self._folder(folder)) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False):
                        found.append((entry.name, entry.stat(follow_symlinks=False).st_mtime))
        return found


def _delete(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make the names in a folder outlast a power failure, as its files do."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
