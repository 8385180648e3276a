"""The rooms that have, or had, outgoing hooks, in a hash beside the rooms.

Servers read it when they start and when they are told, so a chat without outgoing hooks costs them nothing else.
"""

from __future__ import annotations

from contextlib import suppress

from ..errors import RedisRejected
from ..protocol import HOOKS_SIGNAL
from ..redis_link import HOOKED_ROOMS_KEY, Call, RedisLink


async def hooked_rooms(link: RedisLink) -> list[str]:
    """The rooms that may have outgoing hooks. Raises RedisUnavailable."""
    return [name.decode(errors="replace") for name in await link.execute(Call.command("HKEYS", HOOKED_ROOMS_KEY))]


async def add_hooked_room(link: RedisLink, room: str) -> None:
    """Add a room before its first outgoing hook is stored. Raises RedisUnavailable."""
    await link.execute(Call.command("HSET", HOOKED_ROOMS_KEY, room, ""))


async def remove_hooked_room(link: RedisLink, room: str) -> None:
    """Remove a room that is forgotten. Raises RedisUnavailable."""
    with suppress(RedisRejected):  # a Redis user who may not do this has made no outgoing hooks either
        await link.execute(Call.command("HDEL", HOOKED_ROOMS_KEY, room))


async def tell_hooks_changed(link: RedisLink) -> None:
    """Tell the servers that a room's outgoing hooks have changed. Raises RedisUnavailable."""
    await link.execute(Call.command("PUBLISH", link.node_channel, HOOKS_SIGNAL))
