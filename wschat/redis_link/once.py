"""How this package asks: once."""

from __future__ import annotations

from redis.backoff import NoBackoff
from redis.retry import Retry


def once() -> Retry:
    """No second attempt. redis-py makes ten by default, with growing pauses: 4 s in which nothing is said."""
    return Retry(NoBackoff(), 0)
