"""redis-py's exceptions: which of them mean a broken link, and what they are for everyone above this package."""

from __future__ import annotations

import asyncio
import logging
import re

import redis.exceptions as redis_py

from ..errors import RedisRejected, RedisUnavailable, RedisWriteRefused

# Not DataError, nor what Python raises for a mistake: a bug of ours isn't mended by another attempt.
LINK_BROKEN = (
    redis_py.ConnectionError,
    redis_py.TimeoutError,
    redis_py.ResponseError,
    redis_py.InvalidResponse,
    OSError,
    asyncio.TimeoutError,
)

# Redis answers, but stores nothing: the start of the error, where redis-py has no class of its own for it.
WRITE_REFUSED = ("OOM", "MISCONF", "READONLY", "NOREPLICAS")

# Redis answers that it can't do it yet, whatever was asked.
TRANSIENT = (
    redis_py.BusyLoadingError, redis_py.AuthenticationError, redis_py.TryAgainError, redis_py.ClusterDownError,
    redis_py.NoScriptError,  # again: somebody flushed the scripts just after they were loaded
)  # fmt: skip
TRANSIENT_CODES = (
    "LOADING", "BUSY", "NOAUTH", "WRONGPASS", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "EXECABORT",
    "max number of clients",  # and in a cluster of more than clients
    "Protocol error: unauthenticated",  # in the place of NOAUTH, where what was asked is long
)  # fmt: skip

IN_SCRIPT = " script: "  # and its digest and line, which Redis puts behind an error in a script

logger = logging.getLogger(__name__)


def from_redis(problem: Exception) -> RedisUnavailable:
    """redis-py's exception as one of ours; one that is ours already says what it means, whatever its text."""
    if isinstance(problem, RedisUnavailable):
        return problem
    text = str(problem) or type(problem).__name__
    if refuses_writes(problem):
        return RedisWriteRefused(text.partition(IN_SCRIPT)[0])
    if not isinstance(problem, redis_py.ResponseError) or is_transient(problem):
        return RedisUnavailable(text)
    logger.error("Redis rejected a command: %s", text)
    return RedisRejected(text)


def refuses_writes(problem: Exception) -> bool:
    """Redis answers, but stores nothing. It says so to a PING, too, when its disk is full."""
    refusals = (redis_py.OutOfMemoryError, redis_py.ReadOnlyError)
    return isinstance(problem, refusals) or _begins_with(str(problem), WRITE_REFUSED)


def is_transient(problem: Exception) -> bool:
    """Redis answers that it can't do it yet."""
    return isinstance(problem, TRANSIENT) or _begins_with(str(problem), TRANSIENT_CODES)


def _begins_with(text: str, codes: tuple[str, ...]) -> bool:
    """Does the error have one of these codes? Redis puts them first, and a script may put its own words before."""
    return any(re.search(rf"(^|: |-){code}\b", text) for code in codes)
