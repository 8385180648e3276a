"""redis-py's exceptions: which of them mean a broken link, and which exceptions the callers of this package get."""

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

# The start of the errors with which Redis refuses to store anything, if redis-py has no class for them.
WRITE_REFUSED = ("OOM", "MISCONF", "READONLY", "NOREPLICAS")

# Errors of a Redis that can't serve any command yet.
TRANSIENT = (
    redis_py.BusyLoadingError, redis_py.AuthenticationError, redis_py.TryAgainError, redis_py.ClusterDownError,
    redis_py.NoScriptError,  # for a second time: somebody flushed the scripts just after they were loaded
)  # fmt: skip
TRANSIENT_CODES = (
    "LOADING", "BUSY", "NOAUTH", "WRONGPASS", "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "EXECABORT",
    "max number of clients",  # in a cluster the text goes on
    "Protocol error: unauthenticated",  # instead of NOAUTH, if the command is long
)  # fmt: skip

IN_SCRIPT = " script: "  # with its digest and line, which Redis appends to an error in a script

logger = logging.getLogger(__name__)


def from_redis(problem: Exception) -> RedisUnavailable:
    """The RedisUnavailable, or subclass, for redis-py's exception; a RedisUnavailable is returned as it is."""
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
    """Whether it is an error of a Redis that refuses to store anything. With a full disk, even a PING gets it."""
    refusals = (redis_py.OutOfMemoryError, redis_py.ReadOnlyError)
    return isinstance(problem, refusals) or _begins_with(str(problem), WRITE_REFUSED)


def is_transient(problem: Exception) -> bool:
    """Whether it is an error of a Redis that can't serve the command yet."""
    return isinstance(problem, TRANSIENT) or _begins_with(str(problem), TRANSIENT_CODES)


def _begins_with(text: str, codes: tuple[str, ...]) -> bool:
    """Whether the error has one of these codes. Redis puts them first, but a script may put words before them."""
    return any(re.search(rf"(^|: |-){code}\b", text) for code in codes)
