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
    await redis.delete(key)
    await redis.execute_command(command, key, *rest)
