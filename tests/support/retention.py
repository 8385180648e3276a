"""For tests of HISTORY_DAYS."""

from __future__ import annotations

import time
from typing import Any

from redis.asyncio import Redis

from wschat.broker import Retention
from wschat.counters import Counters
from wschat.redis_link import RedisLink

from .client import Client

DAY = 24 * 3600.0
DAYS_AGO = 40  # that the messages of `old_room` were written


async def asks(client: Client, type_: str, **fields: Any) -> None:
    await client.send(type_, ref=type_, **fields)
    await client.gets("done", ref=type_)


async def dump(redis: Redis) -> bytes:
    return b"".join([await redis.dump(key) or b"" async for key in redis.scan_iter()])


def retention(link: RedisLink, days: float = 30) -> tuple[Retention, Counters]:
    counters = Counters()
    return Retention(link, days, time.time, counters), counters
