"""For tests of the connections on which Redis is asked."""

from __future__ import annotations

from redis.asyncio import Connection, ConnectionPool

from wschat.redis_link.probe import PLAIN

MOST = 2
TIMEOUT = 20.0  # s: long enough for a busy machine


def make(url: str) -> Connection:
    connection: Connection = ConnectionPool.from_url(url, socket_timeout=None, **PLAIN).make_connection()
    return connection
