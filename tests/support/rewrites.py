"""Rewrites of Redis's append-only file: slow ones, ended ones, and what the file has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from redis.asyncio import Redis

from .room import until


@asynccontextmanager
async def slowly_rewriting(redis: Redis) -> AsyncIterator[Redis]:
    """A Redis that needs some seconds to rewrite its file, within the `with` block."""
    await redis.mset({f"pad{number}": "x" for number in range(20)})
    await redis.config_set("rdb-key-save-delay", 200_000)  # µs
    yield redis
    await redis.config_set("rdb-key-save-delay", 0)
    await kill_rewrite(redis)


async def is_rewriting(redis: Redis) -> bool:
    return bool((await redis.info("persistence"))["aof_rewrite_in_progress"])


async def kill_rewrite(redis: Redis) -> None:
    """As a full disk or the kernel would end it."""
    for child in psutil.Process((await redis.info("server"))["process_id"]).children():
        child.kill()
    await until(lambda: is_over(redis))


async def is_over(redis: Redis) -> bool:
    return not await is_rewriting(redis)


async def files(redis: Redis) -> bytes:
    found: Any = await redis.config_get("dir", "appenddirname")
    folder = Path(found["dir"], found["appenddirname"])
    return content(folder)


def content(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())
