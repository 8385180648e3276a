"""redis-py's exceptions: which of them mean a broken link, and what they are for everyone above this package."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from redis import exceptions as redis_py

from ..errors import RedisUnavailable, RedisWriteRefused

# Not DataError, nor what Python raises for a mistake: a bug of ours isn't mended by another attempt.
LINK_BROKEN = (
    redis_py.ConnectionError,
    redis_py.TimeoutError,
    redis_py.ResponseError,
    redis_py.InvalidResponse,
    OSError,
    asyncio.TimeoutError,
)

T = TypeVar("T")

logger = logging.getLogger(__name__)


async def unless_closed(call: Awaitable[T]) -> T:
    """The outcome of a call into redis-py whose connection another task may close meanwhile.

    redis-py then writes to None; here the AttributeError of that is the ConnectionError that it means.
    """
    try:
        return await call
    except AttributeError as problem:
        if problem.obj is not None:
            raise
        raise redis_py.ConnectionError("the connection was closed by another task") from problem


def from_redis(problem: Exception) -> RedisUnavailable:
    """redis-py's exception as one of ours."""
    text = str(problem) or type(problem).__name__
    if isinstance(problem, (redis_py.OutOfMemoryError, redis_py.ReadOnlyError)) or "MISCONF" in text or "OOM" in text:
        return RedisWriteRefused(text)
    if isinstance(problem, redis_py.ResponseError):
        logger.error("Redis rejected a command: %s", text)
    return RedisUnavailable(text)
