"""Replies of Redis as they come in on a connection of redis-py; an error reply is a value like any other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from redis.asyncio.connection import Connection
from redis.exceptions import ResponseError

try:
    from redis._parsers.hiredis import NOT_ENOUGH_DATA
except ImportError:  # another redis-py: then nothing is at hand
    NOT_ENOUGH_DATA = None


async def next_reply(connection: Connection, *, push_request: bool = False) -> Any:
    """Any: whatever Redis replies. Raises what LINK_BROKEN (redis_errors.py) names, but for errors that are replies."""
    try:
        return await connection.read_response(timeout=math.inf, disconnect_on_error=False, push_request=push_request)
    except ResponseError as problem:
        return problem


def replies_at_hand(connection: Connection) -> Iterator[Any]:
    """Those that came with the last one: the same as `next_reply` would return, without its coroutines.

    They cost 3 µs a reply, a tenth of what a node spends on a post. There are as many at hand as one read of the socket
    brings; who does much for each of them pauses in between. The names are redis-py's private ones: where they are
    others, nothing is at hand.
    """
    reader = getattr(getattr(connection, "_parser", None), "_reader", None)
    if reader is None or NOT_ENOUGH_DATA is None:
        return
    while (reply := reader.gets()) is not NOT_ENOUGH_DATA:
        if isinstance(reply, Exception) and not isinstance(reply, ResponseError):
            raise reply
        yield reply
