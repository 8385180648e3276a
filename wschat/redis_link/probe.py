"""Short blocking calls to a Redis that may not be there: is it up, what does it keep, shut down."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

PROBE_TIMEOUT = 1.0  # s
NO_ANSWER = (RedisError, OSError)
NO_RETRY = Retry(NoBackoff(), 0)  # redis-py retries ten times by default, with growing pauses: 4 s of silence


def probe(url: str) -> Redis:
    """A client that tries each command once, and waits PROBE_TIMEOUT for the answer. Raises NO_ANSWER."""
    return Redis.from_url(url, socket_connect_timeout=PROBE_TIMEOUT, socket_timeout=PROBE_TIMEOUT, retry=NO_RETRY)
