"""Deletes pictures of which no message is left: those of trimmed, expired and cleared rooms, and uploads that were
never sent.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable

from ..broker import BLOCK, Log, opened_log, room_names
from ..errors import LogLost, RedisUnavailable
from ..protocol import HISTORY_MAX, Message, event_position, read_message, split_amended
from ..redis_link import Call, RedisLink
from .store import PICTURE_ID, PictureStore, folder_of, is_digest, room_of

HOUR = 3600.0
# s: younger ones may still be sent with a message, since the receipt of an upload is valid for a day
UNSENT_MAX = 25 * HOUR
TAKEN = int(HOUR)  # s for which posts can't have pictures that a sweep deletes: a server may have been frozen meanwhile
UNFINISHED_MAX = HOUR  # s after which a file that isn't whole is left from a write that was interrupted

logger = logging.getLogger(__name__)


class Sweeper:
    """Sweeps the store. `clock` is in seconds since 1970.

    A picture is only deleted after the whole log was read, in one epoch, and no message in it had the picture. What
    can't be read, or is no room's folder, is left alone.
    """

    def __init__(self, store: PictureStore, link: RedisLink, clock: Callable[[], float]) -> None:
        self._store = store
        self._link = link
        self._clock = clock

    async def sweep(self) -> int:
        """Sweep all rooms; return how many pictures were deleted. A room that fails delays no other.

        Raises RedisUnavailable, OSError if there is no list of the rooms.
        """
        folders = await self._store.folders()
        digests = set(filter(is_digest, folders))
        rooms = {folder_of(room): room for room in await room_names(self._link)} if digests else {}
        gone = 0
        for folder in folders:
            room = rooms.get(folder) if folder in digests else room_of(folder)
            if room is None and folder not in digests:
                continue
            try:
                gone += await self._sweep_folder(folder, room, self._clock() - UNSENT_MAX)
            except (RedisUnavailable, OSError) as problem:
                logger.debug("Could not look for pictures to delete, will retry: %s", problem, extra={"room": room})
        return gone

    async def sweep_room(self, room: str, moment: float) -> int:
        """Sweep a room of which something was erased at that moment, and return how many pictures were deleted: none
        that was there without a message may stay. Raises RedisUnavailable, OSError.

        A post with such a picture may still be on its way, from a server that hasn't heard of it yet: it comes before
        the last look at the log, or is refused.
        """
        return await self._sweep_folder(folder_of(room), room, moment, are_receipts_valid=True)

    # -- within ------------------------------------------------------------------

    async def _sweep_folder(
        self, folder: str, room: str | None, before: float, *, are_receipts_valid: bool = False
    ) -> int:
        """Delete the pictures without a message that were written before that time; return how many."""
        found = await self._store.pictures_in(folder)
        unused = {one.id for one in found if one.written < before and PICTURE_ID.fullmatch(one.id)}
        if room is not None:
            await self._spare_sent(room, unused)
            if unused and are_receipts_valid:
                await self._take(room, sorted(unused))
                await self._spare_sent(room, unused)
        if unused:
            await self._store.delete(folder, unused)
            logger.info("Deleted pictures without a message", extra={"room": room, "pictures": len(unused)})
        await self._store.tidy(folder, self._clock() - UNFINISHED_MAX)
        return len(unused)

    async def _spare_sent(self, room: str, unused: set[str]) -> None:
        """Remove the pictures of all messages of the room from `unused`."""
        async for messages in self._messages(room):
            unused.difference_update(picture.id for message in messages for picture in message.pictures)

    async def _take(self, room: str, pictures: list[str]) -> None:
        """Have Redis refuse posts with these pictures from now on. A full Redis can't; they are deleted all the same.

        Raises RedisUnavailable.
        """
        keys = self._link.keys(room)
        for first in range(0, len(pictures), BLOCK):
            names = map(keys.picture, pictures[first : first + BLOCK])
            await self._link.pipeline([Call.command("SET", name, 1, "NX", "EX", TAKEN) for name in names])

    async def _messages(self, room: str) -> AsyncIterator[list[Message]]:
        """All messages of the room, in portions, up to the one that was stored just now.

        Raises RedisUnavailable; LogLost if the log became another one meanwhile.
        """
        keys = self._link.keys(room)
        if not await self._link.execute(Call.command("EXISTS", keys.log, keys.meta, keys.amended)):
            return  # to open it would make it
        log = await opened_log(self._link, room)
        async for messages in log.walk():
            yield messages
        while messages := await _newer(log):
            yield messages


async def _newer(log: Log) -> list[Message]:
    """The messages that were stored or changed since the log was read up to here."""
    fetched = await log.fetch_position(HISTORY_MAX)
    if not fetched.follows:
        raise LogLost("the room was cleared, restored, or lost by Redis meanwhile")
    for event in fetched.events:
        log.append(event)
    return [message for event in fetched.events if (message := _message(event)) is not None]


def _message(event: bytes) -> Message | None:
    """The message of an event, or the one that it changes."""
    change = split_amended(event)
    form = event if change is None else change[1]
    position = event_position(form)
    return None if position is None else read_message(form, position.seq)
