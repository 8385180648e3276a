"""Purges the bytes of deleted messages: Redis only marks an entry as deleted until a whole part of a stream is."""

from __future__ import annotations

from ...errors import RedisRejected, RedisWriteRefused
from ...redis_link import SCANNED, Call, RedisLink, RoomKeys, ScriptArgs, load_script
from ..scan import room_names

PURGE_AFTER = 10.0  # s after a message was deleted that its bytes are purged, together with others'
# Entries copied in one call at most, and bytes with which it ends: it holds up Redis for about a millisecond.
PURGE_PORTION = (200, 200_000)
DELETED_MEANWHILE = 2  # purge.lua: the copy is in place, with bytes of entries that were deleted meanwhile


async def purge(link: RedisLink, keys: RoomKeys, after: float) -> None:
    """Remove the bytes of messages that were deleted or trimmed in a room more than `after` seconds ago.

    What is deleted while it runs may be left to the next purge, so that it ends. Raises RedisUnavailable.
    """
    names = [keys.log, keys.meta, keys.log_copy]
    args: ScriptArgs = [int(after * 1000), *PURGE_PORTION, keys.kept]
    copies = 2  # the first may have begun before the last deletion, since somebody else purges, too
    while copies and (done := await link.execute(Call.of(load_script("purge"), names, args))):
        if done == DELETED_MEANWHILE:
            copies -= 1


async def purge_all(link: RedisLink) -> bool:
    """Purge all rooms in which deleted or trimmed messages wait for it, also those that nobody is in any more.

    Returns whether that was possible: a full Redis, for one, refuses it, and the other rooms are purged all the same.
    Raises RedisUnavailable.
    """
    rooms, is_whole = list(map(link.keys, await room_names(link))), True
    for first in range(0, len(rooms), SCANNED):
        portion = rooms[first : first + SCANNED]
        replies = await link.pipeline([Call.command("HMGET", keys.meta, "purge") for keys in portion])
        for keys, reply in zip(portion, replies, strict=True):
            try:
                if reply.result() != [None]:
                    await purge(link, keys, 0)
            except (RedisRejected, RedisWriteRefused) as problem:
                # A log or a meta of another type has nothing to purge.
                is_whole = is_whole and "WRONGTYPE" in str(problem)
    return is_whole
