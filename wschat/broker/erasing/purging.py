"""Purges the bytes of deleted messages: Redis only marks an entry as deleted until a whole part of a stream is."""

from __future__ import annotations

from ...redis_link import Call, RedisLink, RoomKeys, ScriptArgs, load_script

PURGE_AFTER = 10.0  # s after a message was deleted that its bytes are purged, together with others'
# Entries copied in one call at most, and bytes with which it ends: it holds up Redis for about a millisecond. With few
# entries in each call a purge wouldn't end where calls take long: the next deletion makes it begin anew.
PURGE_PORTION = (500, 200_000)


async def purge(link: RedisLink, keys: RoomKeys, after: float) -> None:
    """Remove the bytes of messages that were deleted or trimmed in a room more than `after` seconds ago.

    Raises RedisUnavailable.
    """
    names = [keys.log, keys.meta, keys.log_copy]
    args: ScriptArgs = [int(after * 1000), *PURGE_PORTION, keys.kept]
    while await link.execute(Call.of(load_script("purge"), names, args)):
        pass
