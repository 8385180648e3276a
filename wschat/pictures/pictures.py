"""The pictures of a node."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterable

from ..counters import Counters
from ..errors import ErrorCode, Refused
from ..model import random_id
from ..protocol import Picture
from .encoder import Encoder
from .store import PICTURE_ID, Part, PictureStore, folder_of

ID_BYTES = 16  # who doesn't have an id can't guess it: it is the only key to a picture
RETRY = 5.0  # s
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

logger = logging.getLogger(__name__)


class Pictures:
    """Takes pictures in, re-encoded, and gives them out. `store` keeps them."""

    def __init__(self, store: PictureStore, counters: Counters) -> None:
        self.store = store
        self._counters = counters
        self._encoder = Encoder()

    async def add(self, room: str, data: bytes) -> Picture:
        """Store a picture, re-encoded. Raises Refused (picture_invalid, busy, unavailable, no_space)."""
        try:
            picture, encoded = await self._add(room, data)
        except Refused as refused:
            self._counters.pictures_refused[refused.code.value] += 1
            raise
        self._counters.pictures_stored += 1
        self._counters.picture_bytes += encoded
        return picture

    async def get(self, room: str, picture: str, start: int = 0) -> Part | None:
        """Bytes of a picture, in WebP, from `start` on; None if there is none. Raises Refused(unavailable)."""
        if not PICTURE_ID.fullmatch(picture):
            return None
        try:
            return await self.store.get(folder_of(room), picture, start)
        except OSError as problem:
            raise _unavailable(problem) from problem

    async def delete(self, room: str, pictures: Iterable[str]) -> None:
        """Delete pictures. What fails is left to the sweeper."""
        known = [picture for picture in pictures if PICTURE_ID.fullmatch(picture)]
        try:
            await self.store.delete(folder_of(room), known)
        except OSError as problem:
            logger.warning("Could not delete pictures, will retry: %s", problem)

    async def stop(self) -> None:
        """End what is going on."""
        await self._encoder.stop()
        await self.store.close()

    # -- within ------------------------------------------------------------------

    async def _add(self, room: str, data: bytes) -> tuple[Picture, int]:
        """(the picture that was stored, its size in bytes)."""
        try:
            if not await self.store.has_space():
                raise Refused(ErrorCode.NO_SPACE, "the server has hardly any space left for pictures")
            encoded = await self._encoder.encode(data)
            picture = Picture(random_id(ID_BYTES), encoded.width, encoded.height)
            await self.store.put(folder_of(room), picture.id, encoded.data)
        except OSError as problem:
            if problem.errno in DISK_FULL:
                raise Refused(ErrorCode.NO_SPACE, "the server has no space left for pictures") from problem
            raise _unavailable(problem) from problem
        return picture, len(encoded.data)


def _unavailable(problem: OSError) -> Refused:
    logger.error("Could not store or read a picture: %s", problem)
    return Refused(ErrorCode.UNAVAILABLE, "could not store or read the picture now", retry_after=RETRY)
