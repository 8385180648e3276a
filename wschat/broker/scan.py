"""Finds the rooms that Redis has, whether or not anybody on this node is in them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..model import MAIN_ROOM
from ..redis_link import ALL_KEYS, SCANNED, Call, RedisLink, room_of


async def keys_like(link: RedisLink, pattern: str) -> AsyncIterator[tuple[str, str]]:
    """(room, the rest of the key) for each key of a room that matches `pattern`. Raises RedisUnavailable."""
    for primary in link.primaries():
        async for key in _keys_at(primary, pattern):
            found = room_of(key)
            if found is not None:
                yield found


async def _keys_at(primary: RedisLink, pattern: str) -> AsyncIterator[bytes]:
    cursor = 0
    while True:
        cursor, keys = await primary.execute(Call.command("SCAN", cursor, "MATCH", pattern, "COUNT", SCANNED))
        for key in keys:
            yield key
        if not cursor:
            return


async def room_names(link: RedisLink, *, with_hooks: bool = False) -> list[str]:
    """All rooms that have messages or people in Redis, the main room first, then by name. `with_hooks`: also those that
    have nothing but hooks, which stay when a room expires. Raises RedisUnavailable.
    """
    kinds = ("meta", "log", "hooks") if with_hooks else ("meta", "log")
    found = {room async for room, rest in keys_like(link, ALL_KEYS) if rest in kinds}
    return sorted(found, key=lambda room: (room != MAIN_ROOM, room))
