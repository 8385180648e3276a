"""A failover of a Sentinel set: waiting for it, and the accounts after it."""

from __future__ import annotations

import asyncio

from ..support.redis_server import RedisServer
from .report import Row
from .world import World, now

STORED_AFTER = 5.0  # s after the promotion
PROMOTED_AFTER = 20.0  # s


async def fails_over(world: World, row: Row) -> RedisServer:
    """Wait until another server is the primary, and everything older is stored there; returns that server."""
    start = now()
    await asyncio.to_thread(world.redis.promoted, world.before, PROMOTED_AFTER)
    promoted = now()
    healed = await world.healed(STORED_AFTER)
    row.note(f"promoted after {promoted - start:.1f} s, stored after another {healed:.1f} s")
    row.took(now() - start)
    return await asyncio.to_thread(world.redis.owner)


async def accounts(world: World, row: Row, primary: RedisServer) -> None:
    """Everyone is told that all is well again, nothing that was acknowledged is missing at the new primary, and nobody
    is connected to the former one.
    """
    await world.until(
        lambda: all(not one.notices or one.notices[-1][1] == "restored" for one in world.visitors),
        5.0, "restored is told",
    )  # fmt: skip
    row.judged(await world.settle())
    assert world.redis.owner() is primary
    assert not world.before.is_running or world.before.connections() == 0
