"""Foreign keys in Redis: one of each type."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

KINDS: dict[str, tuple[Any, ...]] = {
    "string": ("SET", "nonsense"),
    "list": ("RPUSH", "x"),
    "hash": ("HSET", "a", "b"),
    "set": ("SADD", "x"),
    "sorted set": ("ZADD", "1", "x"),
    "stream": ("XADD", "*", "other", "field"),
}


async def put(redis: Redis, key: str, kind: str) -> None:
    """Replace the key by one of this type."""
    command, *rest = KINDS[kind]
    async with redis.pipeline(transaction=True) as at_once:  # nodes may write there at any moment
        await at_once.delete(key)
        at_once.execute_command(command, key, *rest)
        await at_once.execute()
